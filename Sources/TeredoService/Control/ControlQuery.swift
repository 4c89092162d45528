import FoundationEssentials
import TeredoLinux

/// Asks a running role on its control socket.
package struct ControlQuery: Sendable {
    private let controlSocketPath: String?
    private let directory: String

    /// Makes a query of one socket, or of the only one in `directory` that answers.
    package init(controlSocketPath: String?, directory: String = ControlSocketPath.directory) {
        self.controlSocketPath = controlSocketPath
        self.directory = directory
    }

    /// The report of the role.
    package func status() throws(ServiceError) -> StatusReport {
        try ask(StatusReport.self, .status)
    }

    /// At most `limit` peers of the client or relay.
    package func peers(limit: Int) throws(ServiceError) -> PeerList {
        try ask(PeerList.self, .peers, parameters: [ControlParameter.peerLimit.name: limit])
    }

    /// The running client; `nil` when none runs, or none that may be asked, unless its socket was named.
    package func client() throws(ServiceError) -> (status: ClientStatus, path: String)? {
        if let controlSocketPath {
            guard case .client(let status) = try status() else {
                throw ServiceError(
                    "the role at \(controlSocketPath) is no client",
                    remedy: "name the socket of a client with --control-socket"
                )
            }
            return (status, controlSocketPath)
        }
        let request = try ControlProtocol.line(.status)
        for role in Role.allCases {
            let path = "\(directory)/\(role).sock"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            if case .client(let status)? = try? Self.send(request, to: path, StatusReport.self) {
                return (status, path)
            }
        }
        return nil
    }

    private func ask<Result: Hashable & Sendable & Codable>(
        _ type: Result.Type,
        _ method: ControlMethod,
        parameters: [String: Int]? = nil
    ) throws(ServiceError) -> Result {
        let request = try ControlProtocol.line(method, parameters: parameters)
        if let controlSocketPath { return try Self.send(request, to: controlSocketPath, type) }
        var answers: [(role: Role, path: String, result: Result)] = []
        var failures: [ServiceError] = []
        for role in Role.allCases {
            let path = "\(directory)/\(role).sock"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            do {
                answers.append((role, path, try Self.send(request, to: path, type)))
            } catch {
                failures.append(error)
            }
        }
        if answers.count > 1 {
            throw ServiceError(
                "several roles are running: \(answers.map(\.role.rawValue).joined(separator: ", "))",
                remedy: "choose one, for example: teredo \(method) --control-socket \(answers[0].path)"
            )
        }
        if let only = answers.first { return only.result }
        if let failure = failures.first { throw failure }
        throw ServiceError(
            "no role is running: there is no control socket in \(directory)",
            remedy: "start one, for example: sudo teredo client --server ADDRESS; or name its socket with "
                + "--control-socket"
        )
    }

    private static let patience = 5

    private static func send<Result: Hashable & Sendable & Codable>(
        _ request: String,
        to path: String,
        _ type: Result.Type
    ) throws(ServiceError) -> Result {
        let line = try ServiceError.wrapping { () throws(SystemError) in
            try UnixStream(connectingTo: path).request(request, seconds: patience)
        }
        return try ControlProtocol.result(type, in: line)
    }
}
