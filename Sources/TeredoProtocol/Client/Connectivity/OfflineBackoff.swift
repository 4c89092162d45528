/// The pauses while the service is away: twice the first, then doubling up to the longest, each 80 % to 100 % of its
/// length at random.
///
/// RFC 4380 says nothing; short pauses first let a client be back within seconds of a short outage, and the solicitation
/// timeout before each pause keeps the rate below one solicitation in 4 s (SEC-39).
struct OfflineBackoff: Hashable, Sendable {
    let limits: BackoffLimits
    private(set) var failures = 0

    init(_ limits: BackoffLimits) {
        self.limits = limits
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let doublings = max(0, min(failures - 1, 16))
        failures += 1
        let pause = min(limits.initial * (1 << doublings), limits.maximum)
        return pause * Int.random(in: 80...100, using: &generator) / 100
    }

    mutating func reset() { failures = 0 }
}
