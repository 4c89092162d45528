import TeredoWire

/// A host's clock: set to another time than the network's, and faster or slower.
struct SkewedClock: Hashable, Sendable {
    /// How much more it shows when the network's shows nothing; not negative.
    var offset = Duration.zero
    /// How many microseconds a second it gains; negative when it loses them.
    var drift: Int64 = 0

    /// What it shows.
    func local(_ time: ProtocolInstant) -> ProtocolInstant {
        let gain = Int64(Int128(time.nanoseconds) * Int128(drift) / Self.million)
        return ProtocolInstant(nanoseconds: time.nanoseconds + offset.wholeNanoseconds + gain)
    }

    /// The first moment of the network at which it shows `local` or more.
    func global(_ local: ProtocolInstant) -> ProtocolInstant {
        let elapsed = Int128(local.nanoseconds - offset.wholeNanoseconds)
        var time = Int64(elapsed * Self.million / (Self.million + Int128(drift)))
        while self.local(ProtocolInstant(nanoseconds: time)) < local { time += 1 }
        return ProtocolInstant(nanoseconds: time)
    }

    private static let million: Int128 = 1_000_000
}
