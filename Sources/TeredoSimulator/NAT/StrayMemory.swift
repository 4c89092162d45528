import TeredoWire

/// What a box remembers of datagrams from outside that it took for its own.
struct StrayMemory: Sendable {
    private struct Stray: Sendable {
        let remote: UDPEndpoint
        let outside: UDPEndpoint
        var lastSeen: ProtocolInstant
    }

    private var strays: [Stray] = []

    /// Whether nothing is remembered.
    var isEmpty: Bool { strays.isEmpty }

    /// Whether a datagram between these two belongs to what is remembered.
    func contains(_ remote: UDPEndpoint, _ outside: UDPEndpoint) -> Bool {
        strays.contains { $0.remote == remote && $0.outside == outside }
    }

    /// Remembers a datagram from `remote` to `outside`, from now on.
    mutating func note(_ remote: UDPEndpoint, _ outside: UDPEndpoint, now: ProtocolInstant) {
        if let index = strays.firstIndex(where: { $0.remote == remote && $0.outside == outside }) {
            strays[index].lastSeen = now
        } else {
            strays.append(Stray(remote: remote, outside: outside, lastSeen: now))
        }
    }

    /// Forgets what is older than `lifetime`.
    mutating func expire(_ lifetime: Duration, now: ProtocolInstant) {
        strays.removeAll { now - $0.lastSeen > lifetime }
    }

    mutating func removeAll() { strays = [] }
}
