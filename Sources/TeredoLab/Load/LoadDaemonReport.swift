/// A server, relay or gateway under a load.
package struct LoadDaemonReport: Codable, Hashable, Sendable {
    /// What it is called.
    package var name: String
    /// The number of its process.
    package var processIdentifier: Int32
    /// What the process took.
    package var process: LoadProcessReport
}
