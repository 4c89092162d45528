package import TeredoLinux

/// A process whose memory and processor time are told beside the load that it serves.
package struct LoadDaemon: Hashable, Sendable {
    /// What it is called in the report, such as `server`.
    package let name: String
    /// Its process id.
    package let processIdentifier: Int32
    /// Its control socket, when it was started here.
    package var controlSocket: String?

    /// Names a process.
    package init(name: String, processIdentifier: Int32) {
        self.name = name
        self.processIdentifier = processIdentifier
    }

    /// What it takes now; `nil` when it is gone.
    package var usage: ProcessUsage? { ProcessUsage.ofProcess(processIdentifier) }
}
