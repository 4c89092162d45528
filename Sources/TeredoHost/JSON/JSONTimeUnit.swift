import TeredoWire

/// How JSON shows a span of time as a number.
///
/// A number that was read becomes the same number again when it is written, as exactly as this unit writes any.
package protocol JSONTimeUnit: Sendable {
    /// The kind of number.
    associatedtype Number: Codable & Sendable

    /// The number for a span.
    static func number(_ time: Duration) -> Number
    /// The span that a number stands for.
    static func time(_ number: Number) -> Duration
}

/// Whole seconds that have passed.
package enum Seconds: JSONTimeUnit {
    package static func number(_ time: Duration) -> Int { Int(time.components.seconds) }

    /// The whole seconds in which a span is over.
    package static func roundedUp(_ time: Duration) -> Int {
        number(time) + (time.components.attoseconds > 0 ? 1 : 0)
    }

    package static func time(_ number: Int) -> Duration { .seconds(number) }
}

/// Milliseconds, to the microsecond.
package enum Milliseconds: JSONTimeUnit {
    package static func number(_ time: Duration) -> Double { Double(time.wholeNanoseconds / 1000) / 1000 }

    /// What is longer than anybody waits, in either direction, is cut: whoever sent the number may have made it up.
    package static func time(_ number: Double) -> Duration {
        .microseconds(Int64((min(max(number, -longest), longest) * 1000).rounded()))
    }

    /// A hundred years.
    private static let longest = 3_155_760_000_000.0
}

/// Milliseconds, to a tenth: more would be made up.
package enum TenthsOfMilliseconds: JSONTimeUnit {
    package static func number(_ time: Duration) -> Double { (time / .microseconds(100)).rounded() / 10 }

    /// What is finer than a tenth is left out here too, so that what was read is what is written.
    package static func time(_ number: Double) -> Duration { Milliseconds.time((number * 10).rounded() / 10) }
}

/// Whole milliseconds that have passed.
package enum WholeMilliseconds: JSONTimeUnit {
    package static func number(_ time: Duration) -> Int { Int(time / .milliseconds(1)) }

    package static func time(_ number: Int) -> Duration { .milliseconds(number) }
}
