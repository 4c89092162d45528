/// The secret that the members of a fleet share, so that each accepts what another one handed out: keyed bubble addresses,
/// transit cookies, and what a server gives to relays (docs/fleet.md section 11).
///
/// It is rotated without a break: the first key makes what is handed out, all of them are accepted.
public struct FleetKey: Hashable, Sendable {
    /// The fewest octets of a key.
    public static let leastLength = 16
    /// The most keys at a time.
    public static let limit = 8

    /// The keys, the one that makes first.
    public let keys: [[UInt8]]
    /// What is to be added to the machine's time for that of all members, such as the time of day: the spans for which cookies are
    /// good begin by it.
    public var clockOffset: Duration

    /// Makes the secret of 1 to 8 keys of at least 16 octets; `nil` for others.
    public init?(keys: [[UInt8]], clockOffset: Duration = .zero) {
        guard (1...Self.limit).contains(keys.count), keys.allSatisfy({ $0.count >= Self.leastLength }) else {
            return nil
        }
        self.keys = keys
        self.clockOffset = clockOffset
    }
}
