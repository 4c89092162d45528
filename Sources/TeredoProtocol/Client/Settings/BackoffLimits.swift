/// How long a client that lost its service pauses between attempts: the first pause twice, then doubling up to the longest.
public struct BackoffLimits: Hashable, Sendable {
    /// The first pause after the service was lost.
    public var initial = Duration.seconds(4)
    /// The longest pause.
    public var maximum = Duration.seconds(55)

    /// The defaults.
    public init() {}
}
