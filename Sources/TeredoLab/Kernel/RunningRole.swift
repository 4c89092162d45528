import FoundationEssentials
package import TeredoLinux

/// The parts that a host can play.
package enum LabRole: String, CaseIterable, Hashable, Sendable {
    case server
    case relay
    case hostRelay = "host-relay"
    /// Server and relay in one process, on the server's host.
    case gateway
    case client
}

/// Whose program plays a part.
package enum LabImplementation: String, CaseIterable, Hashable, Sendable {
    case teredo
    case miredo
}

/// A role that was started in a kernel lab.
package struct RunningRole {
    /// Which part it plays.
    package let role: LabRole
    /// Whose program plays it.
    package let implementation: LabImplementation
    /// Where it runs.
    package let host: KernelHost
    /// Its process.
    package let process: ChildProcess
    /// The file with what it printed.
    package let logPath: String
    /// Its control socket; Miredo has none.
    package let controlSocket: String?

    /// What it printed so far.
    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }
}
