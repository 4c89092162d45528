/// Spans of time for people.
package enum TimeText {
    /// Milliseconds, with one decimal below 10.
    package static func milliseconds(_ time: Duration) -> String {
        let value = time / .milliseconds(1)
        return "\(Decimals.text(value, digits: value < 9.95 ? 1 : 0)) ms"
    }

    /// The two largest units, such as `3 h 12 min` or `45 s`.
    package static func duration(_ time: Duration) -> String {
        let seconds = Int(time.components.seconds)
        let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        guard let first = units.firstIndex(where: { seconds >= $0.1 }) else { return "0 s" }
        let main = "\(seconds / units[first].1) \(units[first].0)"
        let rest = seconds % units[first].1
        guard first + 1 < units.count, rest / units[first + 1].1 > 0 else { return main }
        return "\(main) \(rest / units[first + 1].1) \(units[first + 1].0)"
    }
}
