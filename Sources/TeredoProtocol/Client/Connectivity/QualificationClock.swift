import TeredoWire

/// How long a client is without an address: from the first attempt to qualify to the address.
///
/// Pauses between attempts count; while there is no IPv4 network nothing is attempted, and nothing is counted.
struct QualificationClock: Sendable {
    /// How long it took, each time.
    private(set) var times = DurationHistogram()
    private var since: ProtocolInstant?

    /// An attempt begins; the first one since there was an address, or a network, starts the clock.
    mutating func begin(now: ProtocolInstant) { since = since ?? now }

    /// There is an address.
    mutating func end(now: ProtocolInstant) {
        if let since { times.record(now - since) }
        since = nil
    }

    /// There is no network.
    mutating func stop() { since = nil }
}
