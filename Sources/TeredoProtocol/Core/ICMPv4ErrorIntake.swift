import TeredoWire

/// Which ICMPv4 errors are looked at: those that say that nothing arrives, so many a second that each can be looked into.
struct ICMPv4ErrorIntake: Sendable {
    private var bucket: TokenBucket

    init(now: ProtocolInstant) {
        bucket = TokenBucket(rate: 20, burst: 50, now: now)
    }

    /// Why an error is not looked at; `nil` when it is.
    mutating func objection(to error: ICMPv4Error, now: ProtocolInstant) -> DropReason? {
        // Somebody may have sent with a small time to live on purpose, and all others are no sign of death either.
        guard error.kind.isUnreachable else { return .inconsequentialError }
        return bucket.take(now: now) ? nil : .errorLimitReached
    }
}
