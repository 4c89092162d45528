package import TeredoWire

/// The payload of a datagram taken apart: elements in front, IPv6 packet, trailers.
package struct TeredoReading: Hashable, Sendable {
    /// The authentication in front, if there is one.
    package let authentication: AuthenticationEncapsulation?
    /// The origin indication, if there is one.
    package let origin: UDPEndpoint?
    /// The header of the IPv6 packet.
    package let header: IPv6Header
    /// The IPv6 packet, without what stands behind it; where the capture cut it off, 0.
    package let packet: [UInt8]
    /// The trailers in their order.
    package let trailers: [Trailer]
    /// Whether a trailer has every receiver discard the datagram (TR-1).
    package let hasForbiddenTrailer: Bool
    /// How many datagrams the system sent or received in this one piece; 1 but for offloads.
    package let pieces: Int
    /// Whether everything up to the end of the IPv6 packet was captured.
    package let isWhole: Bool

    /// Takes a payload apart.
    ///
    /// - Throws: Why it is not well-formed (V1).
    init(_ datagram: ObservedDatagram) throws(WireError) {
        let bytes = datagram.payload.span
        // What was not captured must not pass for octets of the packet.
        guard !datagram.isCut || datagram.keptCount >= Self.headersLength(bytes, kept: datagram.keptCount) else {
            throw .truncated(needed: datagram.payload.count, available: datagram.keptCount)
        }
        let layout = try TeredoDatagram(validating: bytes)
        authentication = layout.authentication == nil ? nil : try AuthenticationEncapsulation(parsing: bytes)
        origin = layout.origin?.endpoint
        header = layout.header
        packet = bytes.copy(layout.packet)
        isWhole = datagram.keptCount >= layout.packet.upperBound
        var end = layout.packet.upperBound
        var pieces = 1
        // With an offload, datagrams of one size and one way stand one behind the other.
        while end < datagram.keptCount, bytes[end] >> 4 == 6 {
            let rest = bytes.extracting(end..<bytes.count)
            guard let next = try? IPv6Header(validating: rest), next.source == layout.header.source,
                next.destination == layout.header.destination
            else { break }
            end += next.packetLength
            pieces += 1
        }
        self.pieces = pieces
        guard isWhole, end < datagram.keptCount else {
            trailers = []
            hasForbiddenTrailer = false
            return
        }
        let tail = bytes.extracting(end..<datagram.keptCount)
        if let list = try? TrailerList(parsing: tail) {
            trailers = list.trailers
            hasForbiddenTrailer = false
        } else {
            trailers = []
            hasForbiddenTrailer = true
        }
    }

    /// How many octets the elements in front and the IPv6 header take.
    private static func headersLength(_ bytes: Span<UInt8>, kept: Int) -> Int {
        var length = TeredoConstants.ipv6HeaderLength
        let known = bytes.extracting(0..<kept)
        if kept >= 4, known[0] == 0, known[1] == 1 {
            length += AuthenticationLayout.minimumLength + Int(known[2]) + Int(known[3])
        }
        let origin = length - TeredoConstants.ipv6HeaderLength
        if kept >= origin + 2, known[origin] == 0, known[origin + 1] == 0 { length += OriginIndication.length }
        return length
    }

    /// The Teredo address of the IPv6 source.
    package var teredoSource: TeredoAddress? { TeredoAddress(header.source) }
    /// The Teredo address of the IPv6 destination.
    package var teredoDestination: TeredoAddress? { TeredoAddress(header.destination) }

    /// What stands behind the IPv6 header and the extension headers.
    package var upperLayer: IPv6UpperLayer { IPv6ExtensionHeaders.upperLayer(of: packet.span) }

    /// The type of the ICMPv6 message that the packet holds, and its octets; `nil` for others, and for later fragments.
    package var icmpv6: (type: UInt8, message: ArraySlice<UInt8>)? {
        let upper = upperLayer
        guard upper.protocolNumber == IPv6Header.NextHeader.icmpv6, upper.part != .later, upper.offset < packet.count
        else { return nil }
        return (packet[upper.offset], packet[upper.offset...])
    }

    /// Whether the ICMPv6 checksum is wrong; `false` where that cannot be judged.
    var hasWrongChecksum: Bool {
        guard isWhole, icmpv6 != nil, upperLayer.part == .whole else { return false }
        do throws(WireError) {
            _ = try ICMPv6.messageRange(in: packet.span, header, minimumLength: 1)
            return false
        } catch { return error == .wrongChecksum }
    }

    /// The list of trailers, for questions to it.
    var trailerList: TrailerList { TrailerList(trailers) }

    /// Whether it is a solicitation by its type and destination, right or wrong in the rest.
    var looksLikeSolicitation: Bool {
        icmpv6?.type == ICMPv6.routerSolicitation && header.destination == .allRouters
    }

    /// Whether it is an advertisement to a client by its type and addresses, right or wrong in the rest.
    var looksLikeAdvertisement: Bool {
        icmpv6?.type == ICMPv6.routerAdvertisement && header.source.isLinkLocal
    }
}
