package import TeredoSettings

/// What a control socket is called, by its file: `client` for `client.sock`, `client-home` for that of an instance.
package struct ControlSocketName: Hashable, Sendable, CustomStringConvertible {
    /// The name of the file without `.sock`.
    package let description: String

    /// The name of the socket at `path`.
    package init(path: String) {
        description = ControlSocketPath.name(of: path)
    }

    /// The role, as far as the name tells: for a socket where nobody answers.
    package var role: Role? {
        Role.allCases.first { description == $0.rawValue || description.hasPrefix("\($0.rawValue)-") }
    }
}
