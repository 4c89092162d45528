import TeredoWire

/// What a link does to datagrams: exact ratios in per mille, no floating point.
public struct LinkFault: Hashable, Sendable {
    /// The time that a datagram takes at least.
    public var latency: Duration
    /// Up to this much more at random; more than the distance of two datagrams reorders them.
    public var jitter: Duration
    /// How many of 1,000 datagrams are lost.
    public var lossPerMille: Int
    /// How many of 1,000 datagrams arrive twice.
    public var duplicationPerMille: Int

    /// Makes a link; by default a perfect one of 20 ms.
    public init(
        latency: Duration = .milliseconds(20),
        jitter: Duration = .zero,
        lossPerMille: Int = 0,
        duplicationPerMille: Int = 0
    ) {
        self.latency = latency
        self.jitter = jitter
        self.lossPerMille = lossPerMille
        self.duplicationPerMille = duplicationPerMille
    }

    /// The delays of the copies of one datagram that arrive; empty when it is lost.
    func delays(using generator: inout SeededGenerator) -> [Duration] {
        if lossPerMille > 0, Int.random(in: 0..<1000, using: &generator) < lossPerMille { return [] }
        let isDuplicated = duplicationPerMille > 0 && Int.random(in: 0..<1000, using: &generator) < duplicationPerMille
        return (0..<(isDuplicated ? 2 : 1)).map { _ in latency + randomJitter(using: &generator) }
    }

    private func randomJitter(using generator: inout SeededGenerator) -> Duration {
        guard jitter > .zero else { return .zero }
        return .nanoseconds(Int64.random(in: 0...jitter.wholeNanoseconds, using: &generator))
    }
}
