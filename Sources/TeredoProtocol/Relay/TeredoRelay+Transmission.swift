import TeredoWire

/// From IPv6 towards Teredo clients (RFC 4380 section 5.4.1; relay.md section 2).
extension TeredoRelay {
    /// Decides about an IPv6 packet that the IPv6 side sends into the Teredo interface.
    public mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict {
        counters.packetsAccepted &+= 1
        guard let header = try? IPv6Header(validating: packet), header.packetLength == packet.count else {
            return refuse(.malformed)
        }
        if let verdict = refusalOfSource(packet, header, now: now) { return verdict }
        guard let client = TeredoAddress(header.destination) else { return refuse(.notTeredo) }
        // X1, the fast path: a trusted client has passed the checks of its address.
        if let index = peers.find(header.destination), packet.count <= configuration.mtu,
            peers[index].isValid(now: now)
        {
            peers[index].lastTransmission = now
            refreshIfStale(index, client, now: now)
            counters.recordSent(octets: packet.count)
            octets.recordSent(index, octets: packet.count)
            return .forward(to: peers[index].endpoint)
        }
        if let verdict = refusal(of: packet, to: client, now: now) { return verdict }
        return begin(packet, with: client, now: now)
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
            let index = peers.find(header.destination), peers[index].isValid(now: now)
        else { return nil }
        peers[index].lastTransmission = now
        refreshIfStale(index, client, now: now)
        counters.packetsAccepted &+= UInt64(segments)
        counters.recordSent(octets: octets, datagrams: segments)
        self.octets.recordSent(index, octets: octets)
        return .forward(to: peers[index].endpoint)
    }

    /// I3 to I5: the sources that ``refusalOfSource(_:_:now:)`` has nothing against.
    private func acceptsSource(_ source: IPv6Address) -> Bool {
        source.isValidSource && !source.isLinkLocal && !source.isTeredo && !loopsThroughOtherTunnel(source)
            && serves(source)
    }

    private mutating func refuse(_ reason: DropReason) -> TransmissionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
    }

    /// I1 to I5 (I2 destination, I3 source, I4 range, I5 loop: SEC-53) and I9.
    private mutating func refusalOfSource(
        _ packet: Span<UInt8>,
        _ header: IPv6Header,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        if header.destination.isMulticast { return refuse(.multicastDestination) }
        if !header.destination.isTeredo {
            if header.source.isGlobalScope { deliverError(.addressUnreachable, about: packet, now: now) }
            return refuse(.notTeredo)
        }
        if !header.source.isValidSource || header.source.isLinkLocal { return refuse(.invalidSource) }
        if header.source.isTeredo { return refuse(.teredoToTeredo) }
        if loopsThroughOtherTunnel(header.source) { return refuse(.foreignTunnelLoop) }
        if !serves(header.source) {
            deliverError(.administrativelyProhibited, about: packet, now: now)
            return refuse(.foreignSource)
        }
        return nil
    }

    /// I6 to I8 and I10.
    private mutating func refusal(
        of packet: Span<UInt8>,
        to client: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        let endpoint = client.mappedEndpoint
        if ownIPv4Addresses.contains(endpoint.address) || endpoint.port == 0 { return refuse(.ownEndpoint) }
        if !filter.isGlobalUnicast(endpoint.address) || configuration.foreignTunnelRelays.contains(endpoint.address) {
            return refuse(.forbiddenEndpoint)
        }
        if !mayAsk(client.server) { return refuse(.invalidServer) }
        if packet.count > configuration.mtu {
            deliverError(.packetTooBig(mtu: configuration.mtu), about: packet, now: now)
            return refuse(.tooBig)
        }
        return nil
    }

    /// X2 and X3: a client that is not trusted, or was not heard of for 30 s; without X2 the cone bit of an address draws
    /// no data to a stranger (SEC-33).
    private mutating func begin(
        _ packet: Span<UInt8>,
        with client: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        guard let index = peers.find(client.ipv6) ?? insert(client, now: now) else { return refuse(.peerTableFull) }
        if configuration.honoursConeBit, client.flags.coneBit {
            peers[index].isTrusted = true
            peers[index].endpoint = client.mappedEndpoint
            peers[index].lastTransmission = now
            peers.touch(index)
            counters.recordSent(octets: packet.count)
            octets.recordSent(index, octets: packet.count)
            return .forward(to: client.mappedEndpoint)
        }
        if peers[index].pacing.isExhausted(now: now), peers[index].retryDeadline == nil {
            deliverError(.addressUnreachable, about: packet, now: now)
            return refuse(.bubbleLimitReached)
        }
        let queued = QueuedPacket(bytes: packet.copyAll(), origin: nil)
        guard peers[index].outgoing.append(queued, limits: configuration.queueLimits, budget: &budget) else {
            return refuse(.queueFull)
        }
        peers.mark(index)
        if peers[index].retryDeadline == nil { bubble(index, client, now: now) }
        return .consumed
    }

    /// A new entry, within the rate of new clients and the share of those without proof (SEC-31).
    private mutating func insert(_ client: TeredoAddress, now: ProtocolInstant) -> PeerTable.Index? {
        guard newPeers.take(now: now) else { return nil }
        if peers.isFull || peers.untrustedCount >= configuration.untrustedLimit {
            guard let victim = victim(now: now) else { return nil }
            remove(victim)
        }
        // After the limit was lowered one is not enough; the timer removes the others.
        guard !peers.isFull else { return nil }
        if expiryDeadline == nil { expiryDeadline = now + Self.expiryInterval }
        let index = peers.insert(Peer(endpoint: client.mappedEndpoint, now: now), for: client.ipv6)
        octets.begin(index)
        return index
    }

    private func victim(now: ProtocolInstant) -> PeerTable.Index? {
        peers.untrustedCount >= configuration.untrustedLimit
            ? peers.oldestUntrusted : peers.candidateForEviction(now: now)
    }

    /// Sends the bubbles of X3 if the pacing allows, and sets the retry timer.
    private mutating func bubble(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) {
        switch peers[index].pacing.decide(lastTransmission: peers[index].lastTransmission, now: now) {
        case .never:
            return fail(index, reason: .bubbleLimitReached, now: now)
        case .later:
            break
        case .now:
            peers[index].attempts += 1
            peers[index].lastTransmission = now
            sendBubbles(client)
        }
        scheduleRetry(index, now: now)
        peers.touch(index)
    }

    private mutating func scheduleRetry(_ index: PeerTable.Index, now: ProtocolInstant) {
        let deadline = now + RFC4380.retryInterval
        peers[index].retryDeadline = deadline
        peers.mark(index)
        retries.schedule(peers.ticket(for: index), at: deadline)
    }

    private mutating func sendBubbles(_ client: TeredoAddress) {
        let keyed = bubbleKey.source(forPeerAt: client.mappedEndpoint)
        let source = configuration.usesKeyedBubbles ? keyed : errorSource ?? keyed
        if configuration.isBehindNAT { sendBubble(from: source, to: client, at: client.mappedEndpoint) }
        sendBubble(from: source, to: client, at: UDPEndpoint(client.server, TeredoConstants.udpPort))
    }

    mutating func sendBubble(from source: IPv6Address, to client: TeredoAddress, at endpoint: UDPEndpoint) {
        let bubble = TeredoBubble(source: source, destination: client.ipv6)
        outbox.send([UInt8](capacity: TeredoBubble.length) { bubble.encode(into: &$0) }, to: endpoint)
        counters.bubblesSent &+= 1
    }

    /// Repeats bubbles at 2, 4 and 6 s; at 8 s the client is unreachable.
    ///
    /// The entry stays for 300 s without its queue, so that the limit of four bubbles holds for the next packet too.
    mutating func handleRetries(now: ProtocolInstant) {
        while let ticket = retries.pop(now: now) {
            guard let index = peers.find(ticket), let deadline = peers[index].retryDeadline, deadline <= now,
                let client = TeredoAddress(peers.address(of: index))
            else { continue }
            peers[index].retryDeadline = nil
            peers.mark(index)
            if peers[index].outgoing.isEmpty { continue }
            if peers[index].attempts < RFC4380.attemptLimit {
                bubble(index, client, now: now)
            } else {
                fail(index, reason: .peerUnreachable, now: now)
            }
        }
    }

    /// Asks a client for a sign of life from 25 s on, so that a one-way flow does not stall at 30 s.
    private mutating func refreshIfStale(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) {
        guard now - peers[index].lastReception >= Self.stalePeerAge, peers[index].retryDeadline == nil,
            peers[index].pacing.decide(lastTransmission: peers[index].lastReception, now: now) == .now
        else { return }
        sendBubbles(client)
        scheduleRetry(index, now: now)
    }

    private static let stalePeerAge = Duration.seconds(25)
}
