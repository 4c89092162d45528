import TeredoControl
import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoTestSupport

extension FuzzTarget {
    /// The control socket from both ends.
    static let control = [
        FuzzTarget("control-request", longestInput: 4096) { input throws(Violation) in try checkRequest(input) },
        FuzzTarget("control-answer", longestInput: 8000) { input throws(Violation) in try checkAnswer(input) },
    ]

    /// Every line gets one line as its answer, with its number, unless the answer comes later.
    private static func checkRequest(_ input: [UInt8]) throws(Violation) {
        guard let first = input.first else { return }
        let line = String(decoding: input.dropFirst(), as: UTF8.self)
        let answer = ControlProtocol.answer(
            line,
            from: ControlSample(hasPeers: first & 1 == 0),
            settings: first & 2 == 0 ? SettingsSample() : nil,
            mayChange: first & 4 == 0,
            ping: { _ in first & 8 == 0 ? .begun : .refused(EchoRefusal(.noRoute, reason: "no route")) }
        )
        let request = try? JSONText.decode(ControlRequest.self, from: line)
        guard let answer else {
            return try Violation.unless(request?.method == "ping", "\(line) has no answer")
        }
        try Violation.unless(!answer.contains("\n"), "the answer has two lines")
        guard let response = try? JSONText.decode(ControlResponse<Ignored>.self, from: answer) else {
            throw Violation("the answer cannot be read: \(answer)")
        }
        try Violation.unless(response.version == ControlProtocol.version, "the answer is of another version: \(answer)")
        try Violation.unless(response.id == request?.id, "the answer has another number: \(answer)")
        try Violation.unless((response.result == nil) != (response.error == nil), "neither result nor error: \(answer)")
    }

    /// A result of any kind.
    private struct Ignored: Hashable, Sendable, Codable {}

    /// What a role says, to a tool of another version, or what somebody says who took its place.
    private static func checkAnswer(_ input: [UInt8]) throws(Violation) {
        guard let first = input.first else { return }
        let line = String(decoding: input.dropFirst(), as: UTF8.self)
        switch first % 10 {
        case 0, 1: if let report = try again(StatusReport.self, line) { try show(report.text) }
        case 2: if let list = try again(PeerList.self, line) { try show(list.text) }
        case 3: _ = try again(ClientCheck.self, line)
        case 4: if let settings = try again(SettingsReport.self, line) { try show(settings.text) }
        case 5: if let changes = try again(SettingsChangeReport.self, line) { try show(changes.text) }
        case 6: _ = try again(ControlPing.self, line)
        case 7: if let inbound = try again(InboundStatus.self, line) { try show(inbound.text) }
        case 8: _ = try again(ControlReload.self, line)
        default:
            guard let event = try? JSONText.decode(ControlEvent.self, from: line) else { return }
            guard let text = try? JSONText.encode(event, isPretty: false) else {
                throw Violation("an event cannot be written")
            }
            try Violation.unless(
                (try? JSONText.decode(ControlEvent.self, from: text)) == event,
                "the event changed: \(text)"
            )
        }
    }

    /// Reads a result, and what is written of it once more.
    private static func again<Value: Hashable & Sendable & Codable>(
        _ type: Value.Type,
        _ line: String
    ) throws(Violation) -> Value? {
        guard let value = try? ControlProtocol.result(type, in: line) else { return nil }
        guard let text = try? JSONText.encode(value, isPretty: false) else {
            throw Violation("\(type) cannot be written: \(value)")
        }
        guard let second = try? JSONText.decode(type, from: text) else {
            throw Violation("\(type) cannot be read again: \(text)")
        }
        try Violation.unless(second == value, "\(type) changed: \(text)")
        return value
    }

    private static func show(_ text: String) throws(Violation) {
        try Violation.unless(
            text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A },
            "control characters reach the terminal"
        )
    }
}
