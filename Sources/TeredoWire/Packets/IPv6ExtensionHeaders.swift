/// What a Teredo node looks for behind the IPv6 header of a packet that it delivers, or tells an error about.
public enum IPv6ExtensionHeaders {
    /// Finds the upper layer of `packet`, which must be a valid IPv6 packet with nothing behind it.
    ///
    /// Walks over the extension headers of RFC 7045 whose length can be told, all but ESP. A fragment header that is not that
    /// of a later fragment is walked over too; nothing is ever reassembled (SEC-62). Each step takes 8 octets at least, so
    /// that the work is bounded by the length of the packet; it is nothing for a packet without extension headers.
    public static func upperLayer(of packet: Span<UInt8>) -> IPv6UpperLayer {
        var next = packet[6]
        var offset = TeredoConstants.ipv6HeaderLength
        var part = IPv6UpperLayer.Part.whole
        var requiresSourceRouting = false
        while part != .later, isExtension(next), offset + 8 <= packet.count {
            var length = (Int(packet[offset + 1]) + 1) * 8
            switch next {
            case IPv6Header.NextHeader.fragment:
                // The offset in units of 8 octets, above two reserved bits and the one that tells of more.
                let field = packet.bigEndianUInt16(at: offset + 2)
                if field & 0xFFF8 != 0 { part = .later } else if field & 1 != 0 { part = .first }
                length = 8
            case IPv6Header.NextHeader.authentication:
                length = (Int(packet[offset + 1]) + 2) * 4
            case IPv6Header.NextHeader.routing where packet[offset + 2] == 0 || packet[offset + 3] > 0:
                requiresSourceRouting = true
            default:
                break
            }
            next = packet[offset]
            offset += length
        }
        return IPv6UpperLayer(
            protocolNumber: next,
            offset: offset,
            part: part,
            requiresSourceRouting: requiresSourceRouting
        )
    }

    /// What forbids that a packet from the tunnel reaches a host or goes on.
    public enum Objection: Hashable, Sendable {
        /// It is neighbour discovery (SEC-05).
        case neighborDiscovery
        /// It wants to be routed on by its receiver (SEC-20).
        case sourceRouting
        /// It is the first fragment and does not hold all headers, so that what the whole is cannot be told (RFC 7112).
        case incompleteFragment
    }

    /// What forbids that `packet`, a valid IPv6 packet with nothing behind it, comes out of the tunnel; `nil` for most.
    ///
    /// Later fragments pass: without the first one they are nothing.
    @inlinable
    public static func objection(to packet: Span<UInt8>) -> Objection? {
        let next = packet[6]
        if next == IPv6Header.NextHeader.tcp || next == IPv6Header.NextHeader.udp { return nil }
        return objectionBehindHeaders(of: packet)
    }

    /// The same for packets that are not plain TCP or UDP.
    @usableFromInline
    static func objectionBehindHeaders(of packet: Span<UInt8>) -> Objection? {
        let upperLayer = upperLayer(of: packet)
        if upperLayer.requiresSourceRouting { return .sourceRouting }
        switch upperLayer.part {
        case .later: return nil
        case .first where upperLayer.isCut(in: packet): return .incompleteFragment
        case .first, .whole:
            let isICMPv6 = upperLayer.protocolNumber == IPv6Header.NextHeader.icmpv6
            guard isICMPv6, upperLayer.offset < packet.count else { return nil }
            return ICMPv6.isNeighborDiscovery(packet[upperLayer.offset]) ? .neighborDiscovery : nil
        }
    }

    /// Whether `packet` carries a type 0 routing header, or any routing header with segments left (SEC-20).
    ///
    /// `packet` must be a valid IPv6 packet with nothing behind it.
    public static func requiresSourceRouting(_ packet: Span<UInt8>) -> Bool {
        upperLayer(of: packet).requiresSourceRouting
    }

    /// Whether `packet` is an ICMPv6 error or redirect, or could be one: the part that tells is in another fragment, or
    /// was cut off (RFC 4443 section 2.4 (e), SEC-47).
    ///
    /// `packet` must be a valid IPv6 packet with nothing behind it.
    public static func mayBeICMPv6Error(_ packet: Span<UInt8>) -> Bool {
        let upperLayer = upperLayer(of: packet)
        let isICMPv6 = upperLayer.protocolNumber == IPv6Header.NextHeader.icmpv6
        if upperLayer.part == .later || upperLayer.offset >= packet.count {
            return isICMPv6 || isExtension(upperLayer.protocolNumber)
        }
        guard isICMPv6 else { return isExtension(upperLayer.protocolNumber) }
        let type = packet[upperLayer.offset]
        return ICMPv6.isError(type) || type == ICMPv6.redirect
    }

    /// Whether a protocol number is that of an extension header whose length can be told.
    static func isExtension(_ protocolNumber: UInt8) -> Bool {
        switch protocolNumber {
        case IPv6Header.NextHeader.hopByHop, IPv6Header.NextHeader.destinationOptions, IPv6Header.NextHeader.routing,
            IPv6Header.NextHeader.authentication, IPv6Header.NextHeader.fragment, IPv6Header.NextHeader.mobility,
            IPv6Header.NextHeader.hostIdentity, IPv6Header.NextHeader.shim6:
            true
        default: false
        }
    }
}
