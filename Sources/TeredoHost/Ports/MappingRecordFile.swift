package import Logging
import TeredoLinux
package import TeredoPortMapping

/// The file that says which port mappings a client left at routers when it was killed: the next one removes them.
package final class MappingRecordFile {
    /// Where it may stand, the best place first.
    private var places: [String] = []
    private let logger: Logger
    /// What is in the file.
    package private(set) var records: [MappingRecord] = []

    /// Reads the file that belongs to a state file, which outlives a reboot, and the one that belongs to a control socket, whose folder
    /// can be written to when the other one is full or read-only.
    package init(stateFile: String?, controlSocketPath: String, logger: Logger) {
        self.logger = logger
        for path in [stateFile, controlSocketPath].compactMap({ $0.map(Self.path) }) where !places.contains(path) {
            do throws(Failure) {
                records += try Self.read(path).filter { !records.contains($0) }
                places.append(path)
            } catch {
                note(path, error.reason)
            }
        }
    }

    /// Writes what a client has at routers now, if that is not in the file already.
    package func write(_ records: [MappingRecord]) {
        guard records != self.records else { return }
        self.records = records
        let text = ([Self.title] + records.map(\.line)).joined(separator: "\n") + "\n"
        while let path = places.first {
            do {
                try OutputFile.replace(path: path, with: Array(text.utf8))
                break
            } catch {
                places.removeFirst()
                note(path, "\(error)")
            }
        }
        // What stood in another place before is in the first one now.
        for path in places.dropFirst() where (try? Self.read(path))?.isEmpty == false {
            try? OutputFile.replace(path: path, with: Array("\(Self.title)\n".utf8))
        }
    }

    private struct Failure: Error {
        let reason: String
    }

    private static func read(_ path: String) throws(Failure) -> [MappingRecord] {
        let contents: [UInt8]
        do { contents = try PrivateFile(path: path, limit: limit).contents } catch {
            if error.isMissing { return [] }
            throw Failure(reason: error.description)
        }
        let text = String(decoding: contents, as: UTF8.self)
        guard text.isEmpty || text.hasPrefix(title) else {
            throw Failure(reason: "is not a file of 'teredo client', and stays as it is")
        }
        return text.split(separator: "\n").compactMap { MappingRecord(line: String($0)) }
    }

    private func note(_ path: String, _ reason: String) {
        logger.notice(
            "\(path): \(reason); \(places.first ?? "no other file") is used for port mappings that are left when this client is killed"
        )
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
