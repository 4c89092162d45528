/// Whether a role keeps up with what comes in: the kernel drops at a socket what is not read in time.
struct LoadMeter: Sendable {
    private var last: (received: UInt64, lost: UInt64)?
    private var busyLooks = 0

    /// What is too much, a sentence, by the counts of datagrams that were received, and lost at the sockets, since the role began.
    mutating func objection(received: UInt64, lost: UInt64) -> String? {
        defer { last = (received, lost) }
        guard let last else { return nil }
        let fresh = (received: received &- last.received, lost: lost &- last.lost)
        let isBusy = fresh.lost >= Self.leastLost && fresh.lost > fresh.received / 100
        busyLooks = isBusy ? busyLooks + 1 : 0
        return busyLooks >= Self.leastLooks ? "datagrams come in faster than they are read" : nil
    }

    /// A burst that a buffer could not take is no sign of load.
    private static let leastLost: UInt64 = 50
    private static let leastLooks = 2
}
