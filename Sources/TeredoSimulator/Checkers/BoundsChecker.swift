import TeredoProtocol

/// Peer tables and queues stay within their limits.
public enum BoundsChecker {
    /// What is wrong; empty when all is well.
    public static func violations(in internet: SimulatedInternet) -> [String] {
        var limits = ClientConfiguration()
        internet.options.adjustClient(&limits)
        let clients = [HostName.clientA, .clientB].flatMap { host in
            internet.client(host).map {
                violations(
                    host.rawValue,
                    peers: $0.peerCount,
                    of: limits.peerLimit,
                    queued: $0.queuedOctets,
                    of: limits.queueLimits.totalOctets
                )
            } ?? []
        }
        var relay = RelayConfiguration(kind: .hostSpecific, ownIPv6Addresses: [], ownIPv4Addresses: [])
        internet.options.fleet.adjustRelay(&relay)
        let relays = ([internet.relayNode, internet.hostRelayNode] + internet.siblingNodes).flatMap {
            violations(
                $0.name,
                peers: $0.relay.peerCount,
                of: relay.peerLimit,
                queued: $0.relay.queuedOctets,
                of: relay.queueLimits.totalOctets
            )
        }
        return clients + relays
    }

    /// What is wrong with one node.
    package static func violations(
        _ name: String,
        peers: Int,
        of peerLimit: Int,
        queued octets: Int,
        of octetLimit: Int
    ) -> [String] {
        var violations: [String] = []
        if peers > peerLimit { violations.append("\(name): too many peers") }
        if octets > octetLimit { violations.append("\(name): queues above their limit") }
        return violations
    }
}
