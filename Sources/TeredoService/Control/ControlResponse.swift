/// An answer on the control socket: one line of JSON with either a status or an error.
package struct ControlResponse: Hashable, Sendable, Codable {
    /// The version of the protocol: 1.
    package var version = ControlProtocol.version
    /// The request that is answered; `nil` when it could not be read.
    package var request: String?
    /// The report that was asked for.
    package var status: StatusReport?
    /// Why there is no report.
    package var error: ControlError?
}

/// Why a request on the control socket was refused.
package struct ControlError: Hashable, Sendable, Codable {
    /// A word for programs: `malformedRequest`, `unsupportedVersion`, `unknownRequest`.
    package var code: String
    /// A sentence for people.
    package var message: String
}
