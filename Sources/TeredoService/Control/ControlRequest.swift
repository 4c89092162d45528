/// A request on the control socket: one line of JSON.
package struct ControlRequest: Hashable, Sendable, Codable {
    /// The version of the protocol: 2.
    package var version = ControlProtocol.version
    /// A number of the caller's, which the answer repeats.
    package var id: Int?
    /// What is asked for; see ``ControlMethod``.
    package var method: String
    /// The parameters of the method.
    package var parameters: [String: Int]?

    /// Makes a request of the current version.
    package init(_ method: ControlMethod, parameters: [String: Int]? = nil) {
        self.method = method.rawValue
        self.parameters = parameters
    }
}
