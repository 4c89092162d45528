public import TeredoWire

/// Datagrams from the network (RFC 4380 section 5.2.3, rules R0 to R10): what they are, by the socket and the sender.
extension TeredoClient {
    /// Decides about a datagram that came in from `source` on one of the client's sockets, but for that of the discovery group.
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on port: LocalPort,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        output.counters.recordReceived(octets: bytes.count)
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return output.drop(.malformed) }
        let header = datagram.header
        if isDenied(header, from: source) { return output.drop(.denied) }
        // TR-1.
        if !datagram.trailers.isEmpty, TrailerList.demandDiscard(in: bytes.extracting(datagram.trailers)) {
            return output.drop(.invalidTrailer)
        }
        // R6, the fast path: data from where a trusted peer was heard before.
        if datagram.isPlain, header.destination == connectivity.context.own, !header.isBubble,
            let index = contacts.find(header.source), contacts[index].isTrusted,
            contacts[index].receptionEndpoint == source, contacts[index].port == port,
            !contacts[index].isExpectant || contacts[index].test == nil,
            header.nextHeader != IPv6Header.NextHeader.icmpv6
        {
            return accept(datagram, in: bytes, peer: index, now: now)
        }
        // V2.
        guard source.isValidSource else { return output.drop(.invalidIPv4Source) }
        switch port {
        case .service:
            return handleServiceDatagram(datagram, in: bytes, from: source, now: now)
        case .secondary:
            return connectivity.handleSecondaryDatagram(datagram, in: bytes, from: source, &output, now: now)
        case .randomPort(let slot):
            return handleRandomPortDatagram(datagram, in: bytes, from: source, slot: slot, now: now)
        }
    }

    /// Decides about a datagram that came in from `source` on the discovery group 224.0.0.253:3544 (RFC 4380 section 5.2.8), on an
    /// interface with these subnets.
    public mutating func handleDiscoveryDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        onLink subnets: [IPv4Prefix],
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        output.counters.recordReceived(octets: bytes.count)
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return output.drop(.malformed) }
        // V2.
        guard source.isValidSource else { return output.drop(.invalidIPv4Source) }
        guard subnets.contains(where: { $0.contains(source.address) }) else { return output.drop(.invalidDiscovery) }
        if isDenied(datagram.header, from: source) { return output.drop(.denied) }
        return handleDiscovery(datagram, from: source, now: now)
    }

    /// Whether the operator denies who sent a datagram, or whose packet it is.
    private func isDenied(_ header: IPv6Header, from source: UDPEndpoint) -> Bool {
        connectivity.context.configuration.denied.contains(source.address)
            || connectivity.context.configuration.denied.contains(header.source)
    }

    private mutating func handleServiceDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet)
        if header.icmpv6Type(in: packet) == ICMPv6.routerAdvertisement {
            return handleAdvertisement(datagram, in: bytes, from: source, now: now)
        }
        guard address != nil else { return output.drop(.notQualified) }
        guard datagram.authentication == nil else { return output.drop(.unexpectedIndication) }
        // R0: other neighbour discovery is for nobody (SEC-05), nor is source routing.
        if let objection = DropReason.objection(to: packet) { return output.drop(objection) }
        if header.isBubble { output.counters.bubblesReceived &+= 1 }
        if source == connectivity.context.serverEndpoint {
            if let verdict = connectivity.handleOwnBubble(datagram, in: bytes, &output, now: now) {
                return verdict
            }
            if header.isBubble, datagram.origin == nil, header.source.isLinkLocal,
                let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
                let message = trailers.transit
            {
                let verdict = transit.handleAnnouncement(message, &contacts, connectivity.context, &output)
                if verdict == .consumed {
                    tellTransitRelay()
                    noteServerHeard(now: now)
                }
                return verdict
            }
            if header.isBubble { return answerIndirectBubble(datagram, in: bytes, now: now) }
            if let origin = datagram.origin { reactToOrigin(origin, header, now: now) }
        } else if datagram.origin != nil {
            if let effects = connectivity.handleStandbyBubble(datagram, in: bytes, from: source, &output, now: now) {
                carryOut(effects, now: now)
                return .consumed
            }
            // V13: only the client's own server may say where a packet began.
            return output.drop(.foreignOrigin)
        }
        if header.source.isTeredo, header.source != connectivity.context.own,
            transit.isRelay(source, of: header.source, contacts)
        {
            let verdict = transit.handleDatagram(
                datagram,
                in: bytes,
                from: source,
                &contacts,
                connectivity.context,
                &output,
                now: now
            )
            if case .deliver = verdict { askWhetherHeard(header.source, now: now) }
            return verdict
        }
        // V10, R4 and V8, V7 with echoes of our own packets (SEC-46), V6: the tunnel is no router (SEC-52).
        if header.destination.isMulticast { return output.drop(.multicastDestination) }
        if header.source.isLinkLocal { return output.drop(.linkLocalSource) }
        guard header.source.isValidSource, header.source != connectivity.context.own else {
            return output.drop(.invalidSource)
        }
        guard header.destination == connectivity.context.own || connectivity.context.vouches(for: header) else {
            return output.drop(.foreignDestination)
        }
        if source == connectivity.context.serverEndpoint { noteServerHeard(now: now) }
        return handlePeerDatagram(datagram, in: bytes, from: source, on: .service, now: now)
    }

    /// Indirect bubbles name the transit relay from now on.
    mutating func tellTransitRelay() { connectivity.setTransitRelay(transit.relay?.endpoint) }

    /// R1: a packet for us came from the server's endpoint through the mapping: both are there, so the refresh can wait.
    ///
    /// To be called when it is certain whom the packet was for: those who know less than our address say nothing about our
    /// mapping.
    mutating func noteServerHeard(now: ProtocolInstant) { connectivity.noteServerHeard(&output, now: now) }

    private mutating func handleAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let isIdle = contacts.isIdle(now: now)
        let (verdict, effects) = connectivity.handleAdvertisement(
            datagram,
            in: bytes,
            from: source,
            isIdle: isIdle,
            &output,
            now: now
        )
        carryOut(effects, now: now)
        return verdict
    }

    /// A random port is for one peer and for the advertisements of an echo test.
    private mutating func handleRandomPortDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        slot: UInt8,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard address != nil else { return output.drop(.notQualified) }
        guard let index = randomPorts.owner(of: slot, contacts) else { return output.drop(.unknownPeer) }
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet)
        if header.icmpv6Type(in: packet) == ICMPv6.routerAdvertisement {
            return randomPorts.handleAdvertisement(
                datagram,
                in: bytes,
                from: source,
                peer: index,
                &contacts,
                connectivity.context,
                &output,
                now: now
            )
        }
        guard datagram.authentication == nil, datagram.origin == nil else { return output.drop(.unexpectedIndication) }
        if let objection = DropReason.objection(to: packet) { return output.drop(objection) }
        if header.isBubble { output.counters.bubblesReceived &+= 1 }
        guard header.source == contacts.address(of: index) else { return output.drop(.unknownPeer) }
        guard header.destination == connectivity.context.own else { return output.drop(.foreignDestination) }
        return handlePeerDatagram(datagram, in: bytes, from: source, on: .randomPort(slot), now: now)
    }

    /// R5: a bubble on the discovery group tells where a neighbour is; it is no proof yet (V4, SEC-35).
    private mutating func handleDiscovery(
        _ datagram: TeredoDatagram,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        switch discovery.judge(datagram, from: source, connectivity.context, &output) {
        case .failure(let rejection):
            return output.drop(rejection.reason)
        case .success(let peer):
            let filter = connectivity.context.filter
            guard let place = filter.localDestination(source) else { return output.drop(.forbiddenEndpoint) }
            let mapped = filter.destination(peer.mappedEndpoint)
            guard let index = findOrInsert(peer.ipv6, at: mapped, now: now) else { return output.drop(.peerTableFull) }
            discovery.meet(index, at: place, &contacts, connectivity.context, &output, now: now)
            return .consumed
        }
    }

    /// R3: a packet that the server relayed shows where its sender is: open the NAT towards it and test the path.
    private mutating func reactToOrigin(_ origin: OriginIndication, _ header: IPv6Header, now: ProtocolInstant) {
        let context = connectivity.context
        guard header.destination == context.own, header.source.isGlobalScope, header.source != context.own,
            let place = context.filter.destination(origin.endpoint),
            answers.take(for: origin.endpoint.address, now: now)
        else { return }
        output.sendBubble(from: context.own, to: header.source, at: place)
        guard !header.source.isTeredo, needsTest(header.source), !isQuiet(header.source, now: now),
            tests.mayAnswerStranger(at: origin.endpoint.address, contacts.peers.hash, now: now),
            let index = findOrInsert(header.source, at: nil, now: now)
        else { return }
        tests.startUnsolicited(index, &contacts, context, &output, now: now)
    }

    /// Whether a test with `source` failed less than 30 s ago.
    func isQuiet(_ source: IPv6Address, now: ProtocolInstant) -> Bool {
        contacts.find(source).map { contacts[$0].isQuiet(now: now) } ?? false
    }

    /// Whether no test with `source` is under way.
    func needsTest(_ source: IPv6Address) -> Bool {
        contacts.find(source).map { contacts[$0].retryDeadline == nil } ?? true
    }
}
