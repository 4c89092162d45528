import TeredoWire

/// The bubbles with which a client finds a peer, with the trailers of whatever extensions are on (RFC 4380 section
/// 5.2.6, RFC 6081 section 5).
extension TeredoClient {
    /// Direct bubbles to a peer whose endpoint is not proved: to the endpoint that its address embeds, and to or from the
    /// random ports that are known.
    mutating func sendDirectBubbles(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        discovery: Trailer.NeighborDiscovery? = nil
    ) {
        var trailers = directTrailers(index)
        if let discovery { trailers.trailers.append(.neighborDiscovery(discovery)) }
        sendBubble(from: ownAddress, to: peer.ipv6, at: peer.mappedEndpoint, trailers: trailers)
        sendRandomPortBubble(index, peer)
    }

    /// One direct bubble to where a trusted peer is.
    mutating func sendDirectBubble(
        toTrusted index: PeerTable.Index,
        discovery: Trailer.NeighborDiscovery? = nil
    ) {
        var trailers = directTrailers(index)
        if let discovery { trailers.trailers.append(.neighborDiscovery(discovery)) }
        sendBubble(
            from: ownAddress,
            to: peers.address(of: index),
            at: peers[index].endpoint,
            port: peers[index].port,
            trailers: trailers
        )
    }

    /// Sends the indirect bubble of a decision, as soon as the random port that it announces is there.
    mutating func startIndirectBubble(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        peers[index].traversal.lastIndirect = now
        if !peers[index].isValid(now: now), preparesRandomPort(index, peer, now: now) { return }
        sendIndirectBubble(index, peer, now: now)
    }

    /// Sends an indirect bubble through the peer's server.
    ///
    /// Its source is the own address, by which the peer knows whom to answer (RFC 6081). A second one with a keyed
    /// link-local source goes to peers that never showed a trailer, since Miredo behind a symmetric NAT can answer that
    /// only; and from behind a symmetric NAT to peers of other servers, which refuse the first.
    mutating func sendIndirectBubble(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        peers[index].traversal.lastIndirect = now
        let server = UDPEndpoint(peer.server, TeredoConstants.udpPort)
        let trailers = indirectTrailers(index, peer, now: now)
        let isSymmetric = natClass == .symmetric
        let usesKey = configuration.usesKeyedBubbles
        if configuration.extensions.symmetricNAT || !usesKey {
            sendBubble(from: ownAddress, to: peer.ipv6, at: server, trailers: trailers)
        }
        let isRefused = isSymmetric && peer.server != self.server?.primary
        guard usesKey, isRefused || !peers[index].knowsTrailers else { return }
        var keyed = TrailerList()
        if isRefused, configuration.extensions.symmetricNAT {
            keyed = trailers
            keyed.trailers.append(.sender(ownAddress))
        }
        let source = bubbleKey.source(forPeerAt: peer.mappedEndpoint)
        sendBubble(from: source, to: peer.ipv6, at: server, trailers: keyed)
    }

    private mutating func indirectTrailers(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        now: ProtocolInstant
    ) -> TrailerList {
        guard configuration.extensions.symmetricNAT else { return TrailerList() }
        var trailers = [Trailer.nonce(newNonce(index))]
        if let port = peers[index].traversal.randomPort?.external, port != 0 { trailers.append(.randomPort(port)) }
        if !peers[index].isValid(now: now), let alternates = ownAlternates(for: peer) {
            trailers.append(.alternateAddresses(alternates))
        }
        return TrailerList(trailers)
    }

    /// An extra solicitation when a peer is silent: perhaps our own mapping is another by now (client.md section 3).
    mutating func checkMapping(now: ProtocolInstant) {
        guard let deadline = refreshDeadline, deadline > now, let lastInteraction,
            now - lastInteraction >= Self.mappingCheckSpacing
        else { return }
        refreshDeadline = now
    }

    private static let mappingCheckSpacing = Duration.seconds(10)
}
