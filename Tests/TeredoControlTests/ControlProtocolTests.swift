import TeredoControlTestSupport
import TeredoLinux
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoHost

@Suite("Control protocol")
struct ControlProtocolTests {
    private func answer(_ line: String, _ sample: ControlSample = ControlSample()) -> String {
        ControlProtocol.answer(
            line,
            from: sample,
            settings: SettingsSample(),
            ping: { _ in .refused(EchoRefusal(.other, reason: "")) }
        ) ?? ""
    }

    @Test("a status request is answered with the report in one line, and with the number of the request")
    func status() throws {
        let line = answer(#"{"version":2,"id":77,"method":"status"}"#)
        #expect(!line.contains("\n"))
        #expect(line.contains(#""version":2"#) && line.contains(#""id":77"#))
        #expect(try ControlProtocol.result(StatusReport.self, in: line) == .relay(StatusSamples.relay))
        #expect(!answer(#"{"version":2,"method":"status"}"#).contains(#""id""#))
    }

    @Test("the requests that the commands send are understood")
    func ownRequests() throws {
        let status = answer(try ControlProtocol.line(.status))
        #expect(try ControlProtocol.result(StatusReport.self, in: status).role == .relay)
        let peers = answer(try ControlProtocol.line(.peers, parameters: ["limit": .number(3)]))
        let list = try ControlProtocol.result(PeerList.self, in: peers)
        #expect(list.total == 1000 && list.peers == (0..<3).map(ControlSample.peer))
    }

    @Test(
        "every method that list names is answered with the parameters that it requires, and with the limits of each parameter"
    )
    func selfDescribing() throws {
        let list = try ControlProtocol.result(
            ControlMethodList.self,
            in: answer(#"{"version":2,"method":"list"}"#)
        )
        #expect(
            list.methods.map(\.name) == [
                "list", "version", "status", "metrics", "peers", "check", "ping", "subscribe", "reload", "allow",
                "deny", "settings", "set", "drain",
            ]
        )
        for method in list.methods {
            let hasClient = method.name == "check"
            let sample =
                hasClient
                ? ControlSample(report: .client(StatusSamples.offline), check: StatusSamples.offlineCheck)
                : ControlSample()
            let (names, required) =
                switch method.name {
                case "ping": (["address"], #""address":"2001:db8::1""#)
                case "allow", "deny": (["rule"], #""rule":"tcp/22 from 2001:db8::/32""#)
                case "set": (["changes"], #""changes":"refresh-interval=20\nlog-level=debug""#)
                default: ([], "")
                }
            #expect(method.parameters.filter { $0.required == true }.map(\.name) == names)
            let line = answer(#"{"version":2,"method":"\#(method.name)","parameters":{\#(required)}}"#, sample)
            #expect(line.contains(#""result":"#), "\(method.name)")
            for parameter in method.parameters where parameter.type == .number {
                let minimum = try #require(parameter.minimum)
                let maximum = try #require(parameter.maximum)
                let allowed = minimum...maximum
                for value in [minimum - 1, minimum, maximum, maximum + 1] {
                    let parameters = required + (required.isEmpty ? "" : ",") + #""\#(parameter.name)":\#(value)"#
                    let line = answer(#"{"version":2,"method":"\#(method.name)","parameters":{\#(parameters)}}"#)
                    #expect(line.contains(#""result":"#) == allowed.contains(value), "\(line.prefix(200))")
                    #expect(line.contains(#""invalidParameters""#) != allowed.contains(value))
                }
            }
        }
    }

    @Test("one peer can be picked out by its address in any notation; one that is not known is an empty list")
    func onePeer() throws {
        let known = ControlSample.peer(200)
        for (address, expected) in [(known.address.description.uppercased(), [known]), ("2001:db8::1", [])] {
            let line = answer(try ControlProtocol.line(.peers, parameters: ["address": .text(address)]))
            let list = try ControlProtocol.result(PeerList.self, in: line)
            #expect(list.peers == expected && list.total == 1000)
        }
    }

    @Test(
        "a role without settings file cannot reload, too many cannot subscribe, and nothing is done for a wrong request"
    )
    func refusals() throws {
        let reload = try #require(ControlProtocol.answer(try ControlProtocol.line(.reload), from: ControlSample()))
        #expect(reload.contains(#""code":"notAvailable""#) && reload.contains("without a settings file"))
        let line = try ControlProtocol.line(.subscribe)
        let subscribe = try #require(ControlProtocol.answer(line, from: ControlSample(), subscribe: { _ in nil }))
        #expect(subscribe.contains(#""code":"limitReached""#))
        for line in [
            #"{"version":1,"method":"subscribe"}"#, #"{"version":2,"method":"subscribe","parameters":{"limit":1}}"#,
            #"{"version":2,"method":"subscribe","parameters":{"exchanges":2}}"#,
        ] {
            var isCalled = false
            let answer = ControlProtocol.answer(line, from: ControlSample()) {
                isCalled = true
                return ControlSubscription(withExchanges: $0)
            }
            #expect(answer?.contains(#""error""#) == true && !isCalled)
        }
    }

    @Test("settings are shown to all who may ask, and set for those only who may change them; refusals have a code")
    func settings() throws {
        let shown = try ControlProtocol.result(SettingsReport.self, in: answer(try ControlProtocol.line(.settings)))
        #expect(
            shown == SettingsSample().report
                && shown.settings.map(\.origin) == [.file, .file, .commandLine, .environment, .standard]
        )
        func set(_ text: String, mayChange: Bool = true, _ sample: SettingsSample? = SettingsSample()) throws -> String
        {
            let line = try ControlProtocol.line(.set, parameters: ["changes": .text(text)])
            return ControlProtocol.answer(line, from: ControlSample(), settings: sample, mayChange: mayChange) ?? ""
        }
        let changed = try ControlProtocol.result(SettingsChangeReport.self, in: try set("refresh-interval=20"))
        #expect(changed.changes.map(\.key) == ["refresh-interval"])
        #expect(try set("refresh-interval=20", mayChange: false).contains(#""code":"notPermitted""#))
        #expect(try set("workers=2").contains(#""code":"needsRestart""#))
        #expect(try set("refresh-interval=20", nil).contains(#""code":"notAvailable""#))
        #expect(
            ControlProtocol.answer(try ControlProtocol.line(.settings), from: ControlSample())?.contains("notAvailable")
                == true
        )
    }

    @Test("drain passes on what is wanted, and only to root and the user of the role")
    func drain() throws {
        func drain(_ parameters: [String: ControlValue], mayChange: Bool = true) throws -> String {
            let line = try ControlProtocol.line(.drain, parameters: parameters)
            return ControlProtocol.answer(line, from: ControlSample(), mayChange: mayChange) ?? ""
        }
        let begun = try ControlProtocol.result(ControlDrain.self, in: try drain([:]))
        #expect(begun.state == .draining && begun.drain?.clients == 3)
        let conditional = try ControlProtocol.result(ControlDrain.self, in: try drain(["ifAnnounced": .number(1)]))
        #expect(conditional.drain?.clients == 0)
        let cancelled = try ControlProtocol.result(ControlDrain.self, in: try drain(["cancel": .number(1)]))
        #expect(cancelled.state == .running && cancelled.drain == nil)
        #expect(try drain([:], mayChange: false).contains(#""code":"notPermitted""#))
    }

    @Test("a server has no peers and says so")
    func serverPeers() throws {
        let line = answer(
            try ControlProtocol.line(.peers),
            ControlSample(report: .server(StatusSamples.server), hasPeers: false)
        )
        let error = #expect(throws: ServiceError.self) { try ControlProtocol.result(PeerList.self, in: line) }
        #expect(error?.message.contains("it is a server") == true)
        #expect(error?.remedy.contains("--control-socket") == true)
    }

    @Test("a refusal is what an answer says, and what cannot be read is no answer")
    func refusalAndNoise() throws {
        let refusal = try ControlProtocol.outcome(PeerList.self, in: answer(#"{"version":2,"method":"reboot"}"#))
        let error = try #require(throws: ServiceError.self) { try refusal.get() }
        #expect(error.message.hasPrefix("the service refused the request: there is no method of this name"))
        #expect(throws: ServiceError.self) { try ControlProtocol.outcome(PeerList.self, in: "{") }
    }

    @Test(
        "other requests are answered with an error object",
        arguments: [
            ("", "malformedRequest"), ("status", "malformedRequest"), ("[]", "malformedRequest"),
            (#"{"method":"status"}"#, "malformedRequest"),
            (#"{"version":"2","method":"status"}"#, "malformedRequest"),
            (#"{"version":2,"method":"peers","parameters":{"limit":3.5}}"#, "malformedRequest"),
            (#"{"version":2,"method":"peers","parameters":{"limit":"3"}}"#, "invalidParameters"),
            (#"{"version":2,"method":"peers","parameters":{"address":3}}"#, "invalidParameters"),
            (#"{"version":2,"method":"peers","parameters":{"address":"192.0.2.1"}}"#, "invalidParameters"),
            (#"{"version":1,"method":"status"}"#, "unsupportedVersion"),
            (#"{"version":2,"method":"reboot"}"#, "unknownMethod"),
            (#"{"version":2,"method":""}"#, "unknownMethod"),
            (#"{"version":2,"method":"status","parameters":{"limit":3}}"#, "invalidParameters"),
            (#"{"version":2,"method":"peers","parameters":{"count":3}}"#, "invalidParameters"),
            (#"{"version":2,"method":"ping"}"#, "invalidParameters"),
            (#"{"version":2,"method":"ping","parameters":{"timeout":100}}"#, "invalidParameters"),
            (#"{"version":2,"method":"ping","parameters":{"address":"192.0.2.1"}}"#, "invalidParameters"),
            ("\u{0}\u{FFFD}{{{{", "malformedRequest"),
        ]
    )
    func errors(request: String, code: String) throws {
        let line = answer(request)
        #expect(line.contains(#""code":"\#(code)""#), "\(line)")
        #expect(!line.contains("\n"))
        #expect(throws: ServiceError.self) { _ = try ControlProtocol.result(StatusReport.self, in: line) }
    }

    @Test("deeply nested JSON is refused, not crashed on")
    func nested() {
        let line = answer(String(repeating: "[", count: 4000))
        #expect(line.contains("malformedRequest"))
    }
}
