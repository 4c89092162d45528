/// A number as the text format has it.
package struct MetricValue: Hashable, Sendable, CustomStringConvertible {
    /// Decimal digits, with a point where they have a fraction.
    package let description: String

    /// A whole number.
    package init(_ number: some BinaryInteger) { description = "\(number)" }

    /// 1 for `true`, 0 for `false`.
    package init(_ isTrue: Bool) { description = isTrue ? "1" : "0" }

    /// Seconds, right to the nanosecond.
    package init(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        var fraction = String(attoseconds.magnitude / 1_000_000_000)
        fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = time < .zero && seconds == 0 ? "-" : ""
        description = "\(sign)\(seconds)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
