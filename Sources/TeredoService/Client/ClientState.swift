import FoundationEssentials
package import TeredoHost
import TeredoLinux
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

    /// Why a file that exists tells no state.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        /// The file is one of a client, and damaged.
        case damaged(path: String)
        /// The file cannot be read, or is somebody else's, and must stay as it is.
        case foreign(path: String, reason: String)

        package var description: String {
            switch self {
            case .damaged(let path): "\(path): the state file is damaged"
            case .foreign(let path, let reason): "\(path): \(reason)"
            }
        }
    }

    /// Reads the file at `path`; `nil` where there is none yet, or an empty one.
    ///
    /// An error says nothing of what is in the file, which may be anything.
    package init?(path: String) throws(Failure) {
        let file: PrivateFile
        do {
            file = try PrivateFile(path: path, limit: Self.limit)
        } catch {
            if error.isMissing { return nil }
            throw .foreign(path: path, reason: error.description)
        }
        guard !file.contents.isEmpty else { return nil }
        let text = String(decoding: file.contents, as: UTF8.self)
        do {
            try self.init(parsing: text, path: path)
        } catch {
            guard !text.hasPrefix(Self.title) else { throw .damaged(path: path) }
            throw .foreign(path: path, reason: "is not a state file of 'teredo client', and stays as it is")
        }
    }

    /// Reads the text of a state file; `path` is for messages.
    package init(parsing text: String, path: String) throws(ConfigurationError) {
        try self.init(SettingsFile(parsing: text, path: path))
    }

    /// The text of a state file.
    package var text: String {
        """
        \(Self.title). Without this file it takes a new port and address.
        port: \(port)
        address: \(address)

        """
    }

    /// Writes the file at `path`, whole or not at all and for its owner only, and the folder that it is in.
    package func write(path: String) throws(ServiceError) {
        try Self.write(path: path) { () throws(OutputFile.Failure) in
            try OutputFile.replace(path: path, with: Array(text.utf8))
        }
    }

    /// Makes the folder of the file at `path`; throws where the file could not be written.
    package static func tryWriting(path: String) throws(ServiceError) {
        try write(path: path) { () throws(OutputFile.Failure) in try OutputFile.tryReplacing(path: path) }
    }

    private static func write(path: String, _ body: () throws(OutputFile.Failure) -> Void) throws(ServiceError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        do {
            if !folder.isEmpty, !FileManager.default.fileExists(atPath: folder) {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            try body()
        } catch {
            let reason = (error as? OutputFile.Failure).map { " (\($0))" } ?? ""
            throw ServiceError(
                "\(path): the state cannot be written\(reason), so a restart changes the address",
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

    private static let title = "# What 'teredo client' keeps across restarts"
    /// In octets; what is longer is not ours.
    private static let limit = 65_536

    // The cone bit and the 12 random bits of RFC 5991; the others are zero.
    private static let possibleFlags: UInt16 = 0xBCFF
}
