/// Amounts of octets for people.
enum OctetText {
    /// The amount in the largest decimal unit, with one decimal below 10, such as `1.2 MB` or `640 B`.
    static func short(_ octets: UInt64) -> String {
        var value = Double(octets)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        let number = unit == 0 || tenths >= 100 ? "\(Int(value.rounded()))" : "\(tenths / 10).\(tenths % 10)"
        return "\(number) \(units[unit])"
    }

    private static let units = ["B", "kB", "MB", "GB", "TB"]
}
