import TeredoProtocol
import TeredoWire

/// What the model leaves to chance: each choice is a function of the seed, of the client with its session, and of what is
/// chosen, so that it is the same whatever came in before.
struct Draw: Hashable, Sendable {
    /// What is chosen.
    enum Subject: UInt64 {
        case flags = 1
        case session
        case refresh
        case pause
        case messages
        case messageGap
        case payload
        case partner
        case isBubble
        case control
        case talk
    }

    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// 64 bits for one choice of a client.
    func bits(_ subject: Subject, _ client: Int, _ session: UInt16, _ number: UInt16 = 0) -> UInt64 {
        let words = UInt64(UInt32(truncatingIfNeeded: client)) << 32 | UInt64(session) << 16 | UInt64(number)
        var generator = SplitMixGenerator(seed: seed &+ subject.rawValue &* 0xD6E8_FEB8_6659_FD93)
        var mixed = SplitMixGenerator(seed: generator.next() ^ words)
        return mixed.next()
    }

    /// A number from 0 up to, but not including, 1.
    func share(_ subject: Subject, _ client: Int, _ session: UInt16, _ number: UInt16 = 0) -> Double {
        Self.share(bits(subject, client, session, number))
    }

    /// A time of an exponential distribution, in whole milliseconds; at most 100 times the mean.
    func milliseconds(
        mean: Duration,
        _ subject: Subject,
        _ client: Int,
        _ session: UInt16,
        _ number: UInt16 = 0
    ) -> UInt32 {
        Self.milliseconds(mean: mean, share(subject, client, session, number))
    }

    /// The time of an exponential distribution for a number from 0 to 1.
    static func milliseconds(mean: Duration, _ share: Double) -> UInt32 {
        let mean = Double(mean.wholeNanoseconds) / 1e6
        return UInt32(min(mean * min(exponential(share), 100), 2e9))
    }

    static func share(_ bits: UInt64) -> Double { Double(bits >> 11) / 0x1p53 }

    /// The value of the exponential distribution with mean 1 below which `share` of all values are.
    static func exponential(_ share: Double) -> Double { -logarithm(1 - share) }

    /// The natural logarithm of a number above 0, right to nine digits: the standard library has none.
    static func logarithm(_ value: Double) -> Double {
        let part = value.significand
        let root = (part - 1) / (part + 1)
        let square = root * root
        var power = root
        var sum = 0.0
        for divisor in stride(from: 1.0, through: 19, by: 2) {
            sum += power / divisor
            power *= square
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }
}
