/// A request on the control socket: one line of JSON.
package struct ControlRequest: Hashable, Sendable, Codable {
    /// The version of the protocol: 1.
    package var version: Int
    /// What is asked for: `status`.
    package var request: String

    /// Makes a request of the current version.
    package init(_ request: String) {
        version = ControlProtocol.version
        self.request = request
    }
}
