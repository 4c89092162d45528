import FoundationEssentials
import TeredoLinux

/// Asks a running role for its status.
package struct StatusQuery: Sendable {
    private let controlSocketPath: String?
    private let directory: String

    /// Makes a query of one socket, or of the only one in `directory` that answers.
    package init(controlSocketPath: String?, directory: String = ControlSocketPath.directory) {
        self.controlSocketPath = controlSocketPath
        self.directory = directory
    }

    /// The report of the role.
    package func report() throws(ServiceError) -> StatusReport {
        if let controlSocketPath { return try Self.ask(controlSocketPath) }
        let paths = Role.allCases.map { "\(directory)/\($0).sock" }.filter(FileManager.default.fileExists(atPath:))
        var reports: [(path: String, report: StatusReport)] = []
        var failures: [ServiceError] = []
        for path in paths {
            do {
                reports.append((path, try Self.ask(path)))
            } catch {
                failures.append(error)
            }
        }
        if reports.count > 1 {
            throw ServiceError(
                "several roles are running: \(reports.map(\.report.role.rawValue).joined(separator: ", "))",
                remedy: "choose one, for example: teredo status --control-socket \(reports[0].path)"
            )
        }
        if let only = reports.first { return only.report }
        if let failure = failures.first { throw failure }
        throw ServiceError(
            "no role is running: there is no control socket in \(directory)",
            remedy: "start one, for example: sudo teredo client --server ADDRESS; or name its socket with "
                + "--control-socket"
        )
    }

    private static let patience = 5

    private static func ask(_ path: String) throws(ServiceError) -> StatusReport {
        let request = try ControlProtocol.statusRequest()
        let line = try ServiceError.wrapping { () throws(SystemError) in
            try UnixStream(connectingTo: path).request(request, seconds: patience)
        }
        return try ControlProtocol.report(in: line)
    }
}
