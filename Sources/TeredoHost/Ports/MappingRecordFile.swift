package import Logging
import TeredoLinux
package import TeredoPortMapping

/// The file that says which port mappings a client left at routers when it was killed: the next one removes them.
package final class MappingRecordFile {
    private let path: String
    private let logger: Logger
    /// What is in the file.
    package private(set) var records: [MappingRecord] = []
    private var isUsable = true

    /// Reads the file that belongs to a state file, which outlives a reboot, or else to a control socket.
    package init(stateFile: String?, controlSocketPath: String, logger: Logger) {
        path = Self.path(beside: stateFile ?? controlSocketPath)
        self.logger = logger
        do {
            let text = String(decoding: try PrivateFile(path: path, limit: Self.limit).contents, as: UTF8.self)
            guard text.isEmpty || text.hasPrefix(Self.title) else {
                refuse("is not a file of 'teredo client', and stays as it is")
                return
            }
            records = text.split(separator: "\n").compactMap { MappingRecord(line: String($0)) }
        } catch {
            if error.isMissing { return }
            refuse(error.description)
        }
    }

    /// Writes what a client has at routers now, if that is not in the file already.
    package func write(_ records: [MappingRecord]) {
        guard records != self.records else { return }
        self.records = records
        guard isUsable else { return }
        let text = ([Self.title] + records.map(\.line)).joined(separator: "\n") + "\n"
        do {
            try OutputFile.replace(path: path, with: Array(text.utf8))
        } catch {
            refuse("\(error)")
        }
    }

    private func refuse(_ reason: String) {
        isUsable = false
        logger.notice("\(path): \(reason); a port mapping outlives this client if it is killed")
    }

    /// `client.sock` and `client.state` lead to `client.mappings`.
    package static func path(beside path: String) -> String {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let name = path.dropFirst(folder.count)
        let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
        return folder + (stem.isEmpty ? name : stem) + ".mappings"
    }

    private static let title = "# Port mappings of 'teredo client' at routers, to be removed if it is killed."
    private static let limit = 65_536
}
