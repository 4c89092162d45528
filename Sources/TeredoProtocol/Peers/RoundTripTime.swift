/// How long an answer took, in one octet: tenths of milliseconds as a floating-point number with four bits of fraction.
///
/// An entry of the peer table has no room for more. Values are right to 3 %, from 0.1 ms to 50 s.
struct RoundTripTime: Hashable, Sendable {
    private let code: UInt8

    /// Not known.
    static let unknown = Self(code: 0)

    private init(code: UInt8) {
        self.code = code
    }

    /// The octet next to `duration`.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let tenths = max(1, min(Self.maximum, seconds * 10_000 + (attoseconds + Self.half) / (2 * Self.half)))
        // Four bits behind the leading one; what is below is rounded.
        var shift = max(0, Int64.bitWidth - tenths.leadingZeroBitCount - 5)
        var fraction = shift == 0 ? tenths : (tenths + 1 << (shift - 1)) >> shift
        if fraction == 32 {
            fraction = 16
            shift += 1
        }
        code = fraction < 16 ? UInt8(fraction) : UInt8(shift + 1) << 4 | UInt8(fraction - 16)
    }

    /// The time; `nil` when it is not known.
    var duration: Duration? {
        guard code != 0 else { return nil }
        let exponent = Int64(code >> 4)
        let fraction = Int64(code & 15)
        return .microseconds(100 * (exponent == 0 ? fraction : (16 + fraction) << (exponent - 1)))
    }

    /// The largest value: 31 with 14 bits behind it.
    private static let maximum: Int64 = 31 << 14
    /// Half a tenth of a millisecond in attoseconds.
    private static let half: Int64 = 50_000_000_000_000
}
