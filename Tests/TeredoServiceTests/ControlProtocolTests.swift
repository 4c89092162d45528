import TeredoService
import Testing

@Suite("Control protocol")
struct ControlProtocolTests {
    private func answer(_ line: String) -> String {
        ControlProtocol.answer(line) { .relay(StatusSamples.relay) }
    }

    @Test("a status request is answered with the report in one line")
    func status() throws {
        let line = answer(#"{"version":1,"request":"status"}"#)
        #expect(!line.contains("\n"))
        #expect(line.contains(#""version":1"#))
        #expect(try ControlProtocol.report(in: line) == .relay(StatusSamples.relay))
    }

    @Test("the request that the command sends is understood")
    func ownRequest() throws {
        let line = answer(try ControlProtocol.statusRequest())
        #expect(try ControlProtocol.report(in: line).role == .relay)
    }

    @Test(
        "other requests are answered with an error object",
        arguments: [
            ("", "malformedRequest"), ("status", "malformedRequest"), ("[]", "malformedRequest"),
            (#"{"request":"status"}"#, "malformedRequest"),
            (#"{"version":"1","request":"status"}"#, "malformedRequest"),
            (#"{"version":2,"request":"status"}"#, "unsupportedVersion"),
            (#"{"version":1,"request":"reboot"}"#, "unknownRequest"),
            (#"{"version":1,"request":""}"#, "unknownRequest"),
            ("\u{0}\u{FFFD}{{{{", "malformedRequest"),
        ]
    )
    func errors(request: String, code: String) throws {
        let line = answer(request)
        #expect(line.contains(#""code":"\#(code)""#), "\(line)")
        #expect(!line.contains("\n"))
        #expect(throws: ServiceError.self) { _ = try ControlProtocol.report(in: line) }
    }

    @Test("deeply nested JSON is refused, not crashed on")
    func nested() {
        let line = answer(String(repeating: "[", count: 4000))
        #expect(line.contains("malformedRequest"))
    }
}
