import FoundationEssentials
package import TeredoLinux

/// The control socket of a role: listens, and serves a bounded number of connections from the event loop.
package final class ControlServer {
    /// The path of the socket.
    package let path: String
    private let listener: UnixListener
    private var connections: [UInt64: ControlConnection] = [:]
    private var nextToken: UInt64

    /// Listens at `path`, in a directory that is made when it is missing; connections get tokens from `firstToken` on.
    package init(path: String, firstToken: UInt64) throws(ServiceError) {
        try Self.makeDirectory(of: path)
        listener = try ServiceError.wrapping { () throws(SystemError) in try UnixListener(path: path) }
        self.path = path
        nextToken = firstToken
        CrashGuard.removeOnCrash(path)
    }

    deinit {
        CrashGuard.disarm()
    }

    /// The listening descriptor, for the event loop.
    package var descriptor: CInt { listener.descriptor }

    /// Lets the members of the group `name` ask too.
    package func share(withGroup name: String) throws(ServiceError) {
        guard let group = SystemGroup(named: name) else {
            throw ServiceError(
                "--control-group: there is no group '\(name)'",
                remedy: "make it (groupadd --system \(name)), or choose one that 'getent group' lists"
            )
        }
        try ServiceError.wrapping { () throws(SystemError) in try listener.share(withGroup: group) }
    }

    /// Accepts the connections that wait; beyond the limit the oldest connection is closed.
    package func accept(into loop: inout EventLoop) {
        while let stream = listener.accept() {
            let connection = ControlConnection(stream)
            if connections.count == Self.connectionLimit, let oldest = connections.keys.min() {
                close(oldest, in: &loop)
            }
            do {
                try loop.add(connection.descriptor, token: nextToken)
            } catch {
                continue
            }
            connections[nextToken] = connection
            nextToken += 1
        }
    }

    /// Serves the connection of `token`, if there is one.
    package func serve(_ token: UInt64, in loop: inout EventLoop, from source: some ControlSource) {
        guard let connection = connections[token] else { return }
        guard !connection.serve({ ControlProtocol.answer($0, from: source) }) else { return }
        close(token, in: &loop)
    }

    private func close(_ token: UInt64, in loop: inout EventLoop) {
        guard let connection = connections.removeValue(forKey: token) else { return }
        loop.remove(connection.descriptor)
    }

    private static let connectionLimit = 16

    private static func makeDirectory(of path: String) throws(ServiceError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let directory = String(path[..<slash])
        guard !FileManager.default.fileExists(atPath: directory) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        } catch {
            throw ServiceError(
                "cannot make the directory \(directory) of the control socket",
                remedy: "run with sudo, or choose a path you may write to with --control-socket"
            )
        }
    }
}
