import TeredoProtocol

/// What has to work when the faults are over; where that depends on more than what is drawn here, nothing is expected.
extension SwarmPlan {
    /// The clients that can qualify: one that insists on RFC 4380 does not behind a symmetric NAT, nor where stray datagrams make a box
    /// behave like one.
    var qualifyingClients: [HostName] {
        [HostName.clientA, .clientB].filter {
            means != .rfc4380 || !isBehindSymmetricNAT($0) && !remembersStrays($0)
        }
    }

    /// The pairs that have to reach each other.
    var connectedPairs: [ReachabilityChecker.Pair] {
        let clients = qualifyingClients
        var pairs = clients.filter(reachesRelays).flatMap { client in
            relayedHosts(for: client).flatMap {
                [ReachabilityChecker.Pair(client, $0), ReachabilityChecker.Pair($0, client)]
            }
        }
        if clients.count == 2, clientsConnect {
            pairs += [ReachabilityChecker.Pair(.clientA, .clientB), ReachabilityChecker.Pair(.clientB, .clientA)]
        }
        return pairs
    }

    // MARK: Malicious nodes

    /// How long after the faults somebody may still send to malicious nodes, or to whom they spoke of.
    ///
    /// The longest are requests for a transit relay, which asks on through a server (docs/transit.md section 5.1): 46 times the time that
    /// an answer may take, with up to 16 times that before the first one is answered. That time follows what was measured: after a
    /// storm, of which an average remains, it may be the longest one.
    var oblivion: Duration {
        let usual = Duration.seconds(310) + calm.latency * 100
        guard happenings.contains(where: { $0.event == .storm }) else { return usual }
        return max(usual, Self.longestPatience * (46 + 16) + .seconds(10))
    }

    /// The longest time that a client waits for an answer before it repeats a request.
    private static let longestPatience = Duration.milliseconds(7500)

    // MARK: What is in front of a client

    /// The NAT in front of a client.
    func nat(of host: HostName) -> NATKind {
        host == .clientB && !areOnOneSite ? options.natB : options.natA
    }

    /// Without a NAT there is no site.
    private var areOnOneSite: Bool { options.layout == .sameSite && options.natA != .none }

    private func isBehindSymmetricNAT(_ host: HostName) -> Bool {
        if case .nested(let kind) = options.layout, kind.isSymmetric { return true }
        return nat(of: host).forgetful.isSymmetric
    }

    private func remembersStrays(_ host: HostName) -> Bool { nat(of: host).forgetful != nat(of: host) }

    // MARK: Relays

    /// Whether a client and relays can find each other.
    ///
    /// Behind a symmetric NAT, or a box that behaves like one, that takes keyed bubbles on both sides. Who honours the cone bit
    /// believes what RFC 4380 section 5.2.1 may find out wrongly (RFC 5991 section 3.1 is why nobody does by default).
    private func reachesRelays(_ client: HostName) -> Bool {
        if usesConePhase { return false }
        return !isBehindSymmetricNAT(client) && !remembersStrays(client)
            || relaysUseKeyedBubbles && [.direct, .transit].contains(means)
    }

    /// Native hosts behind several relays that do not name each other are reached by chance (docs/fleet.md), and so are those behind a
    /// fleet from a NAT that takes another address for each relay.
    private func relayedHosts(for client: HostName) -> [HostName] {
        let hasFleet = options.fleet.relays == 1 || options.fleet.namesSiblings && nat(of: client) != .addressSymmetric
        return hasFleet ? [.native, .hostRelay] : [.hostRelay]
    }

    // MARK: Clients

    /// Whether two clients reach each other by what docs/nat-matrix.md says.
    ///
    /// Nothing is expected where a way may be open in one direction only, and both would have to find that out: behind a third NAT that
    /// turns datagrams around, behind several external addresses, and at boxes that remember openers.
    private var clientsConnect: Bool {
        guard options.layout == .separateSites, ![options.natA, options.natB].contains(.addressSymmetric) else {
            return false
        }
        if !limitsOpeners, remembersStrays(.clientA) || remembersStrays(.clientB) { return false }
        if usesConePhase { return areClassic }
        if means == .transit, options.fleet.hasTransit { return true }
        if areClassic { return true }
        // Ports are foretold: after another beginning a NAT may keep or forward the port for another mapping than that of the server,
        // and what others send takes ports too.
        let isRenumbered = happenings.contains { [.rebinding, .move].contains($0.event) }
        guard [.direct, .transit].contains(means), !isRenumbered, attackers.isEmpty else { return false }
        return options.natA.reachesDirectly(options.natB)
    }

    private var areClassic: Bool { Self.classic.contains(options.natA) && Self.classic.contains(options.natB) }

    /// The NATs of RFC 4380.
    private static let classic: Set<NATKind> = [.none, .fullCone, .addressRestricted, .portRestricted]
}
