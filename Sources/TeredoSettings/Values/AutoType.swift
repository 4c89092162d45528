/// Whether `teredo auto` may do anything, in the words of `netsh interface teredo set state type=`.
package enum AutoType: String, CaseIterable, Hashable, Sendable, Codable {
    /// Client or host-specific relay, but nothing on a managed network.
    case client
    /// The same on managed networks too.
    case enterpriseclient
    /// Nothing at all.
    case disabled

    /// The type of a name, Windows' own default being `client`; throws for the types of Windows that have no
    /// counterpart, with the reason.
    package init(named name: String) throws(ConfigurationError) {
        if let type = AutoType(rawValue: name.lowercased()) {
            self = type
            return
        }
        switch name.lowercased() {
        case "default":
            self = .client
        case "natawareclient":
            throw Self.error(
                name,
                "has no counterpart: Microsoft does not say what it does; every client here knows its NAT"
            )
        case "server", "relay":
            throw Self.error(name, "is a role of its own: use 'teredo \(name.lowercased())'")
        case "automatic":
            throw Self.error(name, "is what 'teredo auto' always does: leave out --type")
        default:
            throw Self.error(name, "is not allowed; use client, enterpriseclient, disabled or default")
        }
    }

    private static func error(_ name: String, _ problem: String) -> ConfigurationError {
        ConfigurationError("--type", "'\(name)' \(problem)")
    }
}
