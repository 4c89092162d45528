/// An answer on the control socket: one line of JSON with either a result or an error.
package struct ControlResponse<Result: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    /// The version of the protocol: 2.
    package var version = ControlProtocol.version
    /// The number of the request; absent when it had none or could not be read.
    package var id: Int?
    /// What was asked for.
    package var result: Result?
    /// Why there is no result.
    package var error: ControlError?
}

/// Why a request on the control socket was refused.
package struct ControlError: Hashable, Sendable, Codable, Error {
    /// The word for programs.
    package var code: Code
    /// A sentence for people.
    package var message: String

    /// A refusal with its reason.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The words for programs.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// The line is no request.
        case malformedRequest
        /// The request is of another version.
        case unsupportedVersion
        /// There is no method of this name.
        case unknownMethod
        /// A parameter is unknown or out of range.
        case invalidParameters
        /// As many do this already as may.
        case limitReached
        /// The running role cannot answer this.
        case notAvailable
        /// This caller may not have it done.
        case notPermitted
        /// The role has to be restarted for it.
        case needsRestart
    }
}
