import FoundationEssentials
import Glibc

/// Where the control sockets are that this program reads.
package struct SocketSearch: Sendable {
    /// The most roles that are watched at once.
    package static let limit = 32

    /// Folders, each of whose sockets counts.
    package var directories: [String]
    /// Sockets that were named one by one.
    package var paths: [String]

    /// Looks into `directories`, and at `paths`.
    package init(directories: [String], paths: [String] = []) {
        self.directories = directories
        self.paths = paths
    }

    /// The sockets that are there now, at most ``limit``, in order of their names; one that was named counts if it is there or not.
    package func sockets() -> [RoleSocket] {
        var found = Set(paths.compactMap(RoleSocket.init(path:)))
        for directory in directories {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
                guard file.hasSuffix(".sock"), let socket = RoleSocket(path: "\(directory)/\(file)"),
                    isSocket(socket.path)
                else { continue }
                found.insert(socket)
            }
        }
        // Two folders may have a socket of the same name: the first one counts.
        var names: Set<String> = []
        return Array(found.sorted().filter { names.insert($0.name).inserted }.prefix(Self.limit))
    }

    private func isSocket(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFSOCK
    }
}
