import TeredoWire

/// Builds ICMPv6 errors about packets that cannot be delivered, at most 10 per second (SEC-47).
struct ICMPv6ErrorLimiter: Sendable {
    private var bucket: TokenBucket

    init(now: ProtocolInstant) {
        bucket = TokenBucket(rate: RFC4380.icmpv6ErrorsPerSecond, burst: RFC4380.icmpv6ErrorsPerSecond, now: now)
    }

    /// The error packet, or `nil` when none may be sent about this packet or now.
    mutating func error(
        _ error: ICMPv6Error,
        about packet: Span<UInt8>,
        from source: IPv6Address,
        now: ProtocolInstant
    ) -> [UInt8]? {
        guard ICMPv6Error.mayBeSent(about: packet), bucket.take(now: now) else { return nil }
        return [UInt8](capacity: ICMPv6Error.maximumLength) { output in
            error.encode(about: packet, from: source, into: &output)
        }
    }
}
