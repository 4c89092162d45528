/// The protocol of the control socket: a line of JSON in, a line of JSON out, as often as the caller likes.
package enum ControlProtocol {
    /// The version that this program speaks.
    package static let version = 1
    /// The longest request in octets.
    package static let maximumRequestLength = 4096

    /// The answer to one line; never throws, because a caller always gets a line.
    package static func answer(_ line: String, status: () -> StatusReport) -> String {
        let response = response(line, status: status)
        do {
            return try JSONText.encode(response, isPretty: false)
        } catch {
            return #"{"error":{"code":"internal","message":"the report cannot be encoded"},"version":1}"#
        }
    }

    /// The line that asks for the status.
    package static func statusRequest() throws(ServiceError) -> String {
        try JSONText.encode(ControlRequest("status"), isPretty: false)
    }

    /// The report in an answer; throws what the service said when it refused.
    package static func report(in line: String) throws(ServiceError) -> StatusReport {
        let response = try JSONText.decode(ControlResponse.self, from: line)
        if let status = response.status { return status }
        throw ServiceError(
            "the service refused the request: \(response.error?.message ?? "without a reason")",
            remedy: "use the same version of the teredo command as the running service"
        )
    }

    private static func response(_ line: String, status: () -> StatusReport) -> ControlResponse {
        let request: ControlRequest
        do {
            request = try JSONText.decode(ControlRequest.self, from: line)
        } catch {
            let example = #"{"version":1,"request":"status"}"#
            return refusal(nil, "malformedRequest", "the request is not JSON of the form \(example)")
        }
        guard request.version == version else {
            return refusal(
                request.request,
                "unsupportedVersion",
                "version \(request.version) is not supported; this service speaks version \(version)"
            )
        }
        guard request.request == "status" else {
            return refusal(request.request, "unknownRequest", "there is no request of this name; known: status")
        }
        return ControlResponse(request: request.request, status: status())
    }

    private static func refusal(_ request: String?, _ code: String, _ message: String) -> ControlResponse {
        ControlResponse(
            request: request.map { String($0.prefix(64)) },
            error: ControlError(code: code, message: message)
        )
    }
}
