/// Amounts of octets for people.
package enum OctetText {
    /// The amount in the largest decimal unit, with one decimal below 10, such as `1.2 MB` or `640 B`.
    package static func short(_ octets: UInt64) -> String {
        var value = Double(octets)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return "\(Decimals.text(value, digits: unit > 0 && value < 9.95 ? 1 : 0)) \(units[unit])"
    }

    /// Octets a second, such as `1.2 MB/s`.
    package static func rate(_ octetsPerSecond: Double) -> String {
        "\(short(UInt64(min(max(0, octetsPerSecond), 1e18).rounded())))/s"
    }

    private static let units = ["B", "kB", "MB", "GB", "TB"]
}
