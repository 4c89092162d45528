/// Where the control sockets of the roles are.
package enum ControlSocketPath {
    /// The directory of the control sockets unless `--control-socket` says otherwise.
    package static let directory = "/run/teredo"

    /// The path of a role's control socket unless `--control-socket` says otherwise.
    package static func standard(for role: Role) -> String { standard(for: role, in: directory) }

    /// The path of a role's control socket in another directory than the usual one.
    package static func standard(for role: Role, in directory: String) -> String { "\(directory)/\(role)\(suffix)" }

    /// The paths of those that are control sockets by their names among the files of a directory, in the order of their names.
    package static func sockets(among files: [String], in directory: String) -> [String] {
        files.filter { $0.hasSuffix(suffix) }.sorted().map { "\(directory)/\($0)" }
    }

    /// What people call the role behind a socket: the name of the file, `client-home` for `/run/teredo/client-home.sock`.
    package static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(suffix) ? String(file.dropLast(suffix.count)) : file
    }

    private static let suffix = ".sock"

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
