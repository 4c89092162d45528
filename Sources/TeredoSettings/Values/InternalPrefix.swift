import TeredoWire

/// The rules for the prefixes that count as global in a network of one's own (SEC-34).
enum InternalPrefix {
    static func validate(_ prefixes: [IPv4Prefix]) throws(ConfigurationError) {
        let permitted = GlobalUnicastFilter.permittedGlobalPrefixes
        for prefix in prefixes where !permitted.contains(where: { $0.contains(prefix) }) {
            let list = permitted.map(\.description).joined(separator: ", ")
            throw ConfigurationError("--internal-prefix", "\(prefix) is not inside one of \(list)")
        }
    }
}
