import TeredoWire

/// Holds one datagram to the rules that it can be judged by alone, knowing who is who.
struct DatagramCheck {
    let reading: TeredoReading
    let datagram: ObservedDatagram
    let kind: MessageKind
    let book: PartyBook

    private var source: UDPEndpoint { datagram.source }
    private var destination: UDPEndpoint { datagram.destination }
    private var header: IPv6Header { reading.header }
    private var isFromServer: Bool { book.isServer(source, of: reading) }
    private var isToServer: Bool { book.isServer(destination, of: reading) }
    private static let filter = GlobalUnicastFilter()

    /// Everything that is to be said, in the order of the rules.
    var findings: [Finding] {
        [
            outerSource, advertisedOrigin, discoveryGroup, serverTraffic, foreignDestination, innerSource,
            linkLocalSource, multicastDestination, advertisement, checksum, foreignOrigin, globalDestination,
            strayAuthentication, neighborDiscovery, sourceRouting, addressFlags, alternates, conePhase, largeICMPv6,
            ownTraffic, congestionMarks, trailers,
        ].compactMap(\.self)
    }

    private var isNeighborMessage: Bool { kind == .routerSolicitation || kind == .routerAdvertisement }

    /// V2.
    private var outerSource: Finding? {
        source.isValidSource ? nil : Finding(.unicastSource, "it comes from \(source)")
    }

    /// V3, seen in the answer: what a capture shows before a NAT tells nothing about the server.
    private var advertisedOrigin: Finding? {
        guard kind == .routerAdvertisement, let origin = reading.origin, PartyBook.isInside(origin.address) else {
            return nil
        }
        return Finding(.globalSource, "the server answered a client that it saw at \(origin)", weight: .remark)
    }

    /// V4.
    private var discoveryGroup: Finding? {
        guard destination.address == .teredoDiscovery else { return nil }
        let isRight = kind == .discoveryBubble && header.destination == .allNodes && reading.teredoSource != nil
        return isRight ? nil : Finding(.discoveryGroup, "\(kind.words) to \(destination)")
    }

    /// V5.
    private var serverTraffic: Finding? {
        guard isToServer, !header.isBubble, reading.upperLayer.protocolNumber != IPv6Header.NextHeader.icmpv6 else {
            return nil
        }
        return Finding(.serverTraffic, "\(reading.label(kind)) to a server")
    }

    /// V6.
    private var foreignDestination: Finding? {
        guard !isNeighborMessage, !isToServer, !header.destination.isMulticast, !header.destination.isLinkLocal,
            let party = book.party(at: destination), party.role == .client, let own = party.address,
            own != header.destination
        else { return nil }
        return Finding(.ownDestination, "\(party.name) is \(own), and the packet is for \(header.destination)")
    }

    /// V7.
    private var innerSource: Finding? {
        guard header.source.isValidSource else {
            let isProbe = header.isBubble && header.source == .unspecified && header.destination == .unspecified
            return isProbe
                ? Finding(.validSource, "a bubble without addresses: a probe, which nobody accepts", weight: .remark)
                : Finding(.validSource, "the IPv6 source is \(header.source)")
        }
        // A bubble to itself is how a client tests its mapping.
        guard header.source == header.destination, !header.isBubble else { return nil }
        return Finding(.validSource, "IPv6 source and destination are both \(header.source)")
    }

    /// V8.
    private var linkLocalSource: Finding? {
        guard header.source.isLinkLocal, !isNeighborMessage, !header.isBubble else { return nil }
        return Finding(.linkLocalSource, "\(reading.label(kind)) from \(header.source)")
    }

    /// V10.
    private var multicastDestination: Finding? {
        guard header.destination.isMulticast, !isNeighborMessage, kind != .discoveryBubble else { return nil }
        return Finding(.multicastDestination, "\(reading.label(kind)) for \(header.destination)")
    }

    /// V11, as far as the advertisement itself goes.
    private var advertisement: Finding? {
        guard kind == .routerAdvertisement, reading.isWhole else { return nil }
        do throws(WireError) {
            _ = try RouterAdvertisement(validating: reading.packet.span)
        } catch {
            guard error != .wrongChecksum else { return nil }
            return Finding(.validAdvertisement, "the advertisement is not valid: \(error.explanation)")
        }
        return reading.origin == nil ? Finding(.validAdvertisement, "it has no origin indication") : nil
    }

    /// V12.
    private var checksum: Finding? {
        let isConsumed = isNeighborMessage || kind == .connectivityTestReply || kind == .echoReply
        guard isConsumed, reading.hasWrongChecksum else { return nil }
        return Finding(.checksum, "the ICMPv6 checksum of the \(kind.words) is wrong")
    }

    /// V13.
    private var foreignOrigin: Finding? {
        guard reading.origin != nil else { return nil }
        guard source.port == TeredoConstants.udpPort else {
            return Finding(.originFromServer, "an origin indication from \(source), which is no server's port")
        }
        guard !isNeighborMessage, let own = reading.teredoDestination?.server, own != source.address else { return nil }
        let serves = book.number(of: UDPEndpoint(own, TeredoConstants.udpPort))
        guard serves == nil || serves != book.number(of: source) else { return nil }
        return Finding(.originFromServer, "the receiver's server is \(own)")
    }

    /// V14.
    private var globalDestination: Finding? {
        guard let mapped = reading.teredoDestination?.mappedEndpoint, mapped == destination else { return nil }
        return Self.filter.mayBeSent(to: mapped) ? nil : Finding(.globalDestination, "it was sent to \(mapped)")
    }

    /// S6.
    private var strayAuthentication: Finding? {
        guard reading.authentication != nil, !isNeighborMessage else { return nil }
        return Finding(.authenticationOnSolicitations, "authentication on a \(kind.words)")
    }

    /// SEC-05.
    private var neighborDiscovery: Finding? {
        kind == .neighborDiscovery ? Finding(.neighborDiscovery, "\(reading.label(kind)) inside the tunnel") : nil
    }

    /// SEC-20.
    private var sourceRouting: Finding? {
        reading.upperLayer.requiresSourceRouting
            ? Finding(.sourceRouting, "the routing header has it sent on by its receiver") : nil
    }

    /// SEC-21.
    private var addressFlags: Finding? {
        guard let flags = reading.teredoSource?.flags, flags.reservedBit || flags.universalBit || flags.groupBit,
            !isFromServer
        else { return nil }
        return Finding(.addressFlags, "the flags of the sender's address are \(flags)", weight: .remark)
    }

    /// SEC-23.
    private var alternates: Finding? {
        let wrong = reading.trailerList.alternates.first { !Self.filter.mayBeAlternate($0) }
        return wrong.map { Finding(.alternates, "\($0) is no address of a host") }
    }

    /// SEC-24.
    private var conePhase: Finding? {
        guard kind == .routerSolicitation, TeredoLinkLocal.coneBit(of: header.source) else { return nil }
        return Finding(.conePhase, "a solicitation with the cone bit, as before RFC 5991", weight: .remark)
    }

    /// SEC-42.
    private var largeICMPv6: Finding? {
        guard isFromServer || isToServer, !isNeighborMessage, reading.icmpv6 != nil,
            Int(header.payloadLength) > TeredoConstants.maximumForwardedICMPv6Length
        else { return nil }
        return Finding(.largeICMPv6, "\(header.payloadLength) octets of ICMPv6 through a server")
    }

    /// SEC-50.
    private var ownTraffic: Finding? {
        guard source.address == destination.address, isFromServer, isToServer else { return nil }
        return Finding(.serverWithItself, "from \(source) to \(destination)")
    }

    /// SEC-61.
    private var congestionMarks: Finding? {
        let inner = TrafficClass(rawValue: UInt8(truncatingIfNeeded: header.trafficClassAndFlowLabel >> 20))
        guard datagram.trafficClass.congestionMark != .notCapable, inner.congestionMark == .notCapable else {
            return nil
        }
        return Finding(.congestionMarks, "the outer header has an ECN mark, and the packet inside knows no ECN")
    }

    /// TR-1.
    private var trailers: Finding? {
        reading.hasForbiddenTrailer ? Finding(.trailers, "a trailer that nobody may skip, or of a wrong length") : nil
    }
}
