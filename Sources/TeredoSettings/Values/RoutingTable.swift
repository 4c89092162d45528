/// The numbers of routing tables that a role may use.
enum RoutingTable {
    static let range = 1...Int(UInt32.max)

    static func validate(_ number: Int, option: String = "--routing-table") throws(ConfigurationError) {
        guard range.contains(number) else {
            throw ConfigurationError(
                option,
                "\(number) is outside \(range.lowerBound) to \(range.upperBound)"
            )
        }
        guard !reserved.contains(number) else {
            throw ConfigurationError(
                option,
                "\(number) is a table of the system (253 default, 254 main, 255 local); choose one that nothing uses"
            )
        }
    }

    private static let reserved = 253...255
}
