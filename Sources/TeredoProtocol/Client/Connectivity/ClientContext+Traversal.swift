import TeredoWire

/// What the client's NAT means for the extensions of RFC 6081.
extension ClientContext {
    /// Whether the router with the mapping is the only NAT: it maps to the endpoint that the server sees (UPNP-2).
    var isReachableAtMappedEndpoint: Bool { portMapping != nil && portMapping == mappedEndpoint }

    /// The port that the only NAT, a symmetric one, forwards to the service port while the server sees another one, as a server
    /// that was asked later does: peers have to be told of it as of a random port (RFC 6081 section 5.4.4.1).
    var forwardedPort: UInt16? {
        guard extensions.usesRandomPorts, natClass == .symmetric, isForwardedElsewhere else { return nil }
        return portMapping?.port
    }

    /// Whether the only NAT forwards another port than the server sees, so that what comes in may have come to a port that nothing we send
    /// leaves from.
    ///
    /// So it is behind a symmetric NAT, and behind others that took a fresh port for what we send when they had forgotten all mappings but
    /// the one that they were asked for.
    var isForwardedElsewhere: Bool {
        guard extensions.usesPortMapping, let portMapping, let mappedEndpoint else { return false }
        return portMapping.address == mappedEndpoint.address && portMapping != mappedEndpoint
    }

    /// Whether everybody reaches a client behind a symmetric NAT, where its address says or where it says itself.
    var isForwarded: Bool {
        natClass == .symmetric && extensions.usesPortMapping && isReachableAtMappedEndpoint || forwardedPort != nil
    }

    /// Whether this client is behind a symmetric NAT whose next port can be known (RFC 6081 section 5.4).
    var usesRandomPort: Bool {
        // With a forwarded port everybody reaches us; a random port would be a detour.
        guard natClass == .symmetric, !isForwarded else { return false }
        return isPortPreserving == true ? extensions.usesRandomPorts : usesEchoTest
    }

    /// Whether an echo test can tell anything: the ports towards the two server addresses are near each other (RFC 6081
    /// section 5.5).
    ///
    /// Either may be the older mapping, and others may have been made between them: the test shows what is next now.
    private var usesEchoTest: Bool {
        guard extensions.usesEchoTests, isPortPreserving == false, let first = mappedEndpoint,
            let second = secondaryMappedEndpoint, first.address == second.address, server?.secondary != nil
        else { return false }
        return first.port != second.port && first.port.distance(to: second.port).magnitude <= Self.widestDistance
    }

    private static let widestDistance = 256

    /// SEC-22: whether our local endpoints may be told to a peer, and those of the peer be believed (RFC 6081 section
    /// 5.6).
    func usesHairpinning(with peer: TeredoAddress) -> Bool {
        guard extensions.usesHairpinning else { return false }
        return extensions.hairpinning == .everyone || peer.mappedEndpoint.address == mappedEndpoint?.address
    }

    /// HP-1: the local endpoint first, then the one that the next router forwards, when that is not what the server sees.
    func ownAlternates(for peer: TeredoAddress) -> [UDPEndpoint]? {
        guard usesHairpinning(with: peer), let localEndpoint, localEndpoint != mappedEndpoint else { return nil }
        let endpoints = [localEndpoint] + [portMapping].compactMap(\.self).filter { $0 != mappedEndpoint }
        return Array(endpoints.prefix(RFC6081.ownAlternateLimit))
    }

    /// SEC-23: which of the endpoints that a peer lists get a bubble.
    func usableAlternates(_ endpoints: [UDPEndpoint], of peer: TeredoAddress) -> [Destination] {
        guard usesHairpinning(with: peer) else { return [] }
        return endpoints.prefix(RFC6081.alternateLimit).compactMap {
            $0 != peer.mappedEndpoint ? filter.localDestination($0) : nil
        }
    }

    /// The endpoint that a nonce vouches for, if data may go there: a global one, or one inside our own site.
    func destination(vouchedBy source: UDPEndpoint, of peer: TeredoAddress) -> Destination? {
        filter.destination(source) ?? (usesHairpinning(with: peer) ? filter.localDestination(source) : nil)
    }
}
