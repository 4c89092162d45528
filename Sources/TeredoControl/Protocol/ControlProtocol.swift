package import TeredoHost

/// The protocol of the control socket: a line of JSON in, a line of JSON out, as often as the caller likes
/// (docs/control.md).
package enum ControlProtocol {
    /// The version that this program speaks.
    package static let version = 2
    /// The longest request in octets.
    package static let maximumRequestLength = 4096

    /// The line that asks for `method`.
    package static func line(
        _ method: ControlMethod,
        parameters: [String: ControlValue]? = nil
    ) throws(ServiceError) -> String {
        try JSONText.encode(ControlRequest(method, parameters: parameters), isPretty: false)
    }

    /// The result in an answer; throws what the service said when it refused, or what is wrong with the answer.
    package static func result<Result: Hashable & Sendable & Codable>(
        _ type: Result.Type,
        in line: String
    ) throws(ServiceError) -> Result {
        try outcome(type, in: line).get()
    }

    /// What an answer says: a result, or what the service said when it refused; throws when it cannot be read.
    static func outcome<Value: Hashable & Sendable & Codable>(
        _ type: Value.Type,
        in line: String
    ) throws(ServiceError) -> Result<Value, ServiceError> {
        let response = try JSONText.decode(ControlResponse<Value>.self, from: line)
        if let result = response.result { return .success(result) }
        return .failure(
            ServiceError(
                "the service refused the request: \(response.error?.message ?? "without a reason")",
                remedy: remedy(for: response.error?.code)
            )
        )
    }

    private static func remedy(for code: ControlError.Code?) -> String {
        switch code {
        case .notAvailable: "ask another role with --control-socket"
        case .notPermitted: "try sudo"
        case .needsRestart: "change it in the settings file, then restart the role"
        case .limitReached: "try again when there are fewer; 'teredo status' tells what there is"
        case .invalidParameters: "see what the message allows, and 'teredo status'"
        default: "use the same version of the teredo command as the running service"
        }
    }

    /// The line of an answer.
    static func encode<Result>(_ response: ControlResponse<Result>) -> String {
        do {
            return try JSONText.encode(response, isPretty: false)
        } catch {
            return
                #"{"error":{"code":"notAvailable","message":"the result cannot be encoded"},"version":\#(version)}"#
        }
    }
}
