import FoundationEssentials
package import TeredoHost
package import TeredoSettings
package import TeredoWire

/// What a client keeps over a restart, so that its address stays while the mapping of the NAT lives: the service port
/// and the address with its random flag bits.
package struct ClientState: Hashable, Sendable {
    /// The service port.
    package let port: UInt16
    /// The last address.
    package let address: TeredoAddress

    /// The state to keep.
    package init(port: UInt16, address: TeredoAddress) {
        self.port = port
        self.address = address
    }

    /// Reads the file at `path`; `nil` where there is none yet.
    package init?(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        try self.init(SettingsFile(path: path))
    }

    /// Reads the text of a state file; `path` is for messages.
    package init(parsing text: String, path: String) throws(ConfigurationError) {
        try self.init(SettingsFile(parsing: text, path: path))
    }

    /// The text of a state file.
    package var text: String {
        """
        # What 'teredo client' keeps across restarts. Without this file it takes a new port and address.
        port: \(port)
        address: \(address)

        """
    }

    /// Writes the file at `path`, whole or not at all, and the folder that it is in.
    package func write(path: String) throws(ServiceError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        do {
            if !folder.isEmpty {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ServiceError(
                "\(path): the state cannot be written, so a restart changes the address",
                remedy: "give --state-file a path that this user may write to"
            )
        }
    }

    private init(_ file: SettingsFile) throws(ConfigurationError) {
        func value(_ key: String) -> String? { file.entries.first { $0.key == key }?.values.first?.text }
        guard let port = value("port").flatMap(UInt16.init), port != 0,
            let address = value("address").flatMap(IPv6Address.init).flatMap(TeredoAddress.init),
            address.flags.rawValue & ~Self.possibleFlags == 0
        else { throw ConfigurationError(file.path, "is not a state file of 'teredo client'; remove it") }
        self.init(port: port, address: address)
    }

    // The cone bit and the 12 random bits of RFC 5991; the others are zero.
    private static let possibleFlags: UInt16 = 0xBCFF
}
