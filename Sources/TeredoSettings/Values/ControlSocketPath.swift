/// Where the control sockets of the roles are.
package enum ControlSocketPath {
    /// The directory of the control sockets unless `--control-socket` says otherwise.
    package static let directory = "/run/teredo"

    /// The path of a role's control socket unless `--control-socket` says otherwise.
    package static func standard(for role: Role) -> String { "\(directory)/\(role).sock" }

    static let maximumLength = 107

    /// Throws for a path that cannot name a socket.
    package static func validate(_ path: String) throws(ConfigurationError) {
        guard !path.isEmpty else {
            throw ConfigurationError("--control-socket", "the path is empty")
        }
        guard path.utf8.count <= maximumLength else {
            throw ConfigurationError(
                "--control-socket",
                "'\(path)' has \(path.utf8.count) octets; Linux allows \(maximumLength) for a socket path"
            )
        }
    }
}
