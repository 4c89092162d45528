public import TeredoWire

/// From IPv6 towards Teredo clients (RFC 4380 section 5.4.1; rules I1 to I10 and X1 to X3).
extension TeredoRelay {
    /// Decides about an IPv6 packet that the IPv6 side sends into the Teredo interface.
    public mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict {
        output.counters.packetsAccepted &+= 1
        guard let header = try? IPv6Header(validating: packet), header.packetLength == packet.count else {
            return output.refuse(.malformed)
        }
        if let verdict = refusalOfSource(packet, header, now: now) { return verdict }
        guard let client = TeredoAddress(header.destination) else { return output.refuse(.notTeredo) }
        let index = contacts.find(header.destination)
        // X1, the fast path: a trusted client has passed the checks of its address.
        if let index, packet.count <= configuration.mtu, contacts[index].isValid(now: now) {
            contacts.recordTransmission(index, octets: packet.count, now: now)
            if contacts.isStale(index, now: now) { askForLife(index, client, now: now) }
            output.counters.recordSent(octets: packet.count)
            return .forward(to: contacts[index].endpoint)
        }
        // SEC-31: a flood of packets to random clients ends here, before anything else is looked at.
        let standing = index == nil ? newPeers.judge(from: header.source, for: header.destination, now: now) : nil
        if standing == .refused { return output.refuse(.peerTableFull) }
        if let verdict = refusal(of: packet, to: client, now: now) { return verdict }
        guard let index = index ?? standing.flatMap({ insert(client, $0, from: header.source, now: now) }) else {
            return output.refuse(.peerTableFull)
        }
        return begin(packet, with: client, index, now: now)
    }

    /// Decides about packets of the IPv6 side that came as one super-packet, if they can go the fast path (X1).
    ///
    /// `superPacket` begins with the IPv6 header that all `segments` share; the longest of the packets has `longest`
    /// octets, all together have `octets`. Returns `nil` when each packet has to be handled by itself with
    /// ``handlePacket(_:now:)``.
    public mutating func forwardSegments(
        of superPacket: Span<UInt8>,
        segments: Int,
        longest: Int,
        octets: Int,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        guard let header = try? IPv6Header(validating: superPacket), longest <= configuration.mtu,
            let client = TeredoAddress(header.destination), acceptsSource(header.source),
            let index = contacts.find(header.destination), contacts[index].isValid(now: now)
        else { return nil }
        contacts.recordTransmission(index, octets: octets, now: now)
        if contacts.isStale(index, now: now) { askForLife(index, client, now: now) }
        output.counters.packetsAccepted &+= UInt64(segments)
        output.counters.recordSent(octets: octets, datagrams: segments)
        return .forward(to: contacts[index].endpoint)
    }

    /// I3 to I5: the sources that ``refusalOfSource(_:_:now:)`` has nothing against.
    private func acceptsSource(_ source: IPv6Address) -> Bool {
        source.isValidSource && !source.isLinkLocal && !source.isTeredo && !host.loopsThroughOtherTunnel(source)
            && serves(source) && !configuration.denied.contains(source)
    }

    /// I1 to I5 (I2 destination, I3 source, I4 range, I5 loop: SEC-53) and I9.
    private mutating func refusalOfSource(
        _ packet: Span<UInt8>,
        _ header: IPv6Header,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        if header.destination.isMulticast { return output.refuse(.multicastDestination) }
        if !header.destination.isTeredo {
            if header.source.isGlobalScope { deliverError(.addressUnreachable, about: packet, now: now) }
            return output.refuse(.notTeredo)
        }
        if !header.source.isValidSource || header.source.isLinkLocal { return output.refuse(.invalidSource) }
        if header.source.isTeredo { return output.refuse(.teredoToTeredo) }
        if host.loopsThroughOtherTunnel(header.source) { return output.refuse(.foreignTunnelLoop) }
        if !serves(header.source) {
            deliverError(.administrativelyProhibited, about: packet, now: now)
            return output.refuse(.foreignSource)
        }
        // Without an error: whoever is denied draws nothing.
        return configuration.denied.contains(header.source) ? output.refuse(.denied) : nil
    }

    /// Why neither packets nor bubbles go to a client, or to its server: I6 to I8.
    func refusal(of client: TeredoAddress) -> DropReason? {
        let endpoint = client.mappedEndpoint
        if host.ipv4Addresses.contains(endpoint.address) || endpoint.port == 0 { return .ownEndpoint }
        if !host.filter.isGlobalUnicast(endpoint.address)
            || configuration.foreignTunnelRelays.contains(endpoint.address)
        {
            return .forbiddenEndpoint
        }
        // What it answers would not be taken.
        if configuration.denied.contains(endpoint.address) { return .denied }
        return mayAsk(client.server) ? nil : .invalidServer
    }

    /// I6 to I8 and I10.
    private mutating func refusal(
        of packet: Span<UInt8>,
        to client: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        if let reason = refusal(of: client) { return output.refuse(reason) }
        if packet.count > configuration.mtu {
            deliverError(.packetTooBig(mtu: configuration.mtu), about: packet, now: now)
            return output.refuse(.tooBig)
        }
        return nil
    }

    /// X2 and X3: a client that is not trusted, or was not heard of for 30 s; without X2 the cone bit of an address draws
    /// no data to a stranger (SEC-33).
    private mutating func begin(
        _ packet: Span<UInt8>,
        with client: TeredoAddress,
        _ index: PeerTable.Index,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        contacts.want(index)
        earn(client, octets: packet.count, now: now)
        if configuration.honoursConeBit, client.flags.coneBit, let place = host.destination(client.mappedEndpoint) {
            contacts[index].move(to: place)
            contacts[index].isTrusted = true
            contacts.recordTransmission(index, octets: packet.count, now: now)
            contacts.touch(index)
            output.counters.recordSent(octets: packet.count)
            return .forward(to: place.endpoint)
        }
        // The network says that the client is not there, and the client did not contradict a moment ago.
        if contacts[index].isQuiet(now: now) {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.peerUnreachable)
        }
        let isSign = Self.isSignOfLife(packet, of: client)
        if isSign { contacts[index].pacing.noteSignOfLife() }
        let isLeftAlone = contacts.isLeftAlone(index, now: now)
        let nextAttempt = contacts[index].pacing.nextSpaced
        // What would wait longer than for an exchange is not kept.
        if isLeftAlone, nextAttempt - now > RFC4380.exchangeTime {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.bubbleLimitReached)
        }
        guard contacts.mayQueue(packet.count, index), contacts.enqueue(packet, index, now: now) else {
            return output.refuse(.queueFull)
        }
        if isLeftAlone {
            contacts.scheduleRetry(index, at: nextAttempt)
        } else if contacts[index].retryDeadline == nil || isSign && contacts[index].pacing.isSpaced(now: now) {
            bubble(index, client, now: now)
        }
        return .consumed
    }

    /// A new entry, within the rate of new clients and the share of those without proof (SEC-31).
    private mutating func insert(
        _ client: TeredoAddress,
        _ standing: NewClientGate.Standing,
        from source: IPv6Address,
        now: ProtocolInstant
    ) -> PeerTable.Index? {
        guard newPeers.take(standing, from: source, now: now) else { return nil }
        return makeEntry(client, isProved: false, isWanted: true, now: now)
    }

    /// An entry for a client, whose endpoint is proved by what came from there or not; `isWanted` says that the IPv6 side has
    /// something for it.
    ///
    /// Clients that were met by what they sent never take the share of those without proof, and those of one endpoint, address or
    /// network a part of the places only: packets of the IPv6 side find room whoever sends.
    mutating func makeEntry(
        _ client: TeredoAddress,
        isProved: Bool,
        isWanted: Bool = false,
        now: ProtocolInstant
    ) -> PeerTable.Index? {
        let isCrowded = isProved ? hasNoRoomForProved : hasNoRoomForUnproven
        let room = isWanted ? nil : contacts.roomInShare(of: client.ipv6, now: now)
        switch room {
        case .inPlaceOf(let victim)?: contacts.remove(victim, &output, now: now)
        case .full?: return nil
        case .free?, nil:
            guard contacts.peers.isFull || isCrowded else { break }
            guard let victim = victim(isProved: isProved, isWanted: isWanted, now: now) else { return nil }
            contacts.remove(victim, &output, now: now)
        }
        // After the limit was lowered one is not enough; the timer removes the others.
        guard !contacts.peers.isFull else { return nil }
        if expiryDeadline == nil { expiryDeadline = now + Self.expiryInterval }
        let place = host.destination(client.mappedEndpoint)
        return contacts.insert(client.ipv6, at: place, isStranger: !isWanted, now: now)
    }

    private var hasNoRoomForUnproven: Bool { contacts.peers.untrustedCount >= configuration.untrustedLimit }

    private var hasNoRoomForProved: Bool {
        contacts.peers.trustedCount >= configuration.peerLimit - configuration.untrustedLimit
    }

    private func victim(isProved: Bool, isWanted: Bool, now: ProtocolInstant) -> PeerTable.Index? {
        if isProved, hasNoRoomForProved { return contacts.peers.idleTrusted(now: now) }
        if !isProved, hasNoRoomForUnproven { return contacts.peers.oldestUntrusted }
        return isWanted ? contacts.peers.candidateForWanted(now: now) : contacts.peers.candidateForEviction(now: now)
    }

    /// Sends the bubbles of X3 if the pacing allows, and sets the retry timer.
    private mutating func bubble(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) {
        switch contacts.attempt(index, now: now) {
        case .never: return fail(index, reason: .bubbleLimitReached, now: now)
        case .later: break
        case .now: sendBubbles(client, now: now)
        }
        contacts.awaitAnswer(index, now: now)
    }

    mutating func sendBubbles(_ client: TeredoAddress, now: ProtocolInstant) {
        let keyed = bubbleKey.source(forPeerAt: client.mappedEndpoint)
        let source = configuration.usesKeyedBubbles ? keyed : host.errorSource ?? keyed
        if configuration.isBehindNAT, let place = host.destination(client.mappedEndpoint),
            mayTrouble(place.endpoint.address, now: now)
        {
            output.sendBubble(from: source, to: client.ipv6, at: place, timeToLive: openerTimeToLive)
        }
        sendIndirectBubble(from: source, client, now: now)
    }

    /// Asks a client through its server where it is.
    mutating func sendIndirectBubble(_ client: TeredoAddress, now: ProtocolInstant) {
        sendIndirectBubble(from: bubbleKey.source(forPeerAt: client.mappedEndpoint), client, now: now)
    }

    private mutating func sendIndirectBubble(
        from source: IPv6Address,
        _ client: TeredoAddress,
        now: ProtocolInstant
    ) {
        guard let server = host.destination(server: client.server), mayTrouble(client.server, now: now) else { return }
        output.sendBubble(from: source, to: client.ipv6, at: server)
    }

    /// Whether one more bubble may go to an address that a packet named (SEC-33).
    private mutating func mayTrouble(_ address: IPv4Address, now: ProtocolInstant) -> Bool {
        if contacts.thirdParties.take(address, octets: TeredoBubble.length, now: now) { return true }
        output.counters.drops.record(.answerLimitReached)
        return false
    }

    /// Something came that names a client, which may lead to bubbles to its server, and, behind a NAT, to the client.
    mutating func earn(_ client: TeredoAddress, octets: Int, now: ProtocolInstant) {
        let place = configuration.isBehindNAT ? client.mappedEndpoint.address : nil
        contacts.thirdParties.earn(client.server, and: place, octets: octets, now: now)
    }

    /// Whether a packet for a client answers what the client sent through its server a moment ago: an echo reply, or an error
    /// about its echo request.
    ///
    /// Anybody can claim that. It draws one bubble, which is hardly longer, and no two within 2 s.
    static func isSignOfLife(_ packet: Span<UInt8>, of client: TeredoAddress) -> Bool {
        let upperLayer = IPv6ExtensionHeaders.upperLayer(of: packet)
        let start = upperLayer.offset
        guard upperLayer.protocolNumber == IPv6Header.NextHeader.icmpv6, upperLayer.part == .whole, start < packet.count
        else { return false }
        if packet[start] == ICMPv6.echoReply { return true }
        // The quoted packet begins behind 8 octets, its message 40 octets further on.
        guard ICMPv6.isError(packet[start]), start + 8 + 40 < packet.count else { return false }
        let quoted = packet.extracting(start + 8..<packet.count)
        return ICMPv6.isEchoRequest(quoted) && quoted.ipv6Address(at: 8) == client.ipv6
    }

    /// Repeats bubbles at 2, 4 and 6 s; at 8 s the client is unreachable.
    ///
    /// The entry stays without its queue, so that the next packets do not begin anew: one bubble goes after 10 s, 20 s and then
    /// every 30 s, or as soon as the client shows a sign of life.
    mutating func handleRetries(now: ProtocolInstant) {
        while let index = contacts.popRetry(now: now) {
            guard let client = TeredoAddress(contacts.address(of: index)) else { continue }
            if contacts[index].doubt != nil, concludeDoubt(index, client, now: now) { continue }
            guard !contacts[index].outgoing.isEmpty else { continue }
            if isHopeless(index) || contacts.isSpent(index, now: now) {
                fail(index, reason: .peerUnreachable, now: now)
            } else {
                bubble(index, client, now: now)
            }
        }
    }

    /// Asks a client for a sign of life from 25 s on, so that a one-way flow does not stall at 30 s.
    private mutating func askForLife(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) {
        guard contacts.asksForLife(index, now: now) else { return }
        earn(client, octets: ThirdPartyBudget.leastLength, now: now)
        sendBubbles(client, now: now)
        contacts.scheduleRetry(index, at: now + RFC4380.retryInterval)
    }
}
