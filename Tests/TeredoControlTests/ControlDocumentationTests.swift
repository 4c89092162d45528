import Foundation
import Logging
import TeredoControlTestSupport
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoTestSupport
import Testing

@testable import TeredoControl
@testable import TeredoHost

@Suite("docs/control.md")
struct ControlDocumentationTests {
    private func document() throws -> String {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("docs/control.md"), encoding: .utf8)
    }

    private static var forwarded: ClientStatus {
        var status = StatusSamples.qualified
        status.progress.history = StatusSamples.history
        status.mapping.portMapping = PortMappingStatus(
            mappingProtocol: .pcp,
            external: endpoint("198.51.100.7:4096"),
            remaining: .seconds(7200),
            isReachable: true
        )
        return status
    }

    private static let samples: [(ControlMethod, ControlSample)] = [
        (.list, ControlSample()), (.version, ControlSample()), (.peers, ControlSample()), (.status, ControlSample()),
        (.subscribe, ControlSample()), (.reload, ControlSample()), (.metrics, ControlSample()),
        (.settings, ControlSample()), (.set, ControlSample()), (.drain, ControlSample()),
        (.status, ControlSample(report: .gateway(StatusSamples.gateway))),
        (.status, ControlSample(report: .client(forwarded))),
        (.status, ControlSample(report: .client(StatusSamples.offline))),
        (.status, ControlSample(report: .server(StatusSamples.server))),
        (.status, ControlSample(report: .dormant(StatusSamples.dormant))),
        (.check, ControlSample(report: .client(StatusSamples.offline), check: StatusSamples.offlineCheck)),
    ]

    @Test("describes each key of each method's answer in the section of the method", arguments: 0..<samples.count)
    func keys(number: Int) throws {
        let (method, sample) = Self.samples[number]
        let start = try #require(try document().components(separatedBy: "\n### `\(method)`\n").dropFirst().first)
        let section = try #require(start.components(separatedBy: "\n### ").first)
        let parameters = method == .set ? ["changes": ControlValue.text("refresh-interval=20")] : nil
        let request = try ControlProtocol.line(method, parameters: parameters)
        let line = try #require(ControlProtocol.answer(request, from: sample, settings: SettingsSample()))
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let keys = Self.keys(of: try #require(answer["result"]))
        #expect(!keys.isEmpty)
        for key in keys.sorted() {
            #expect(section.contains("\n| `\(key)` | "), "\(method): \(key)")
        }
    }

    @Test("has a section for each method, a row for each error code, and each parameter with its limits")
    func complete() throws {
        let document = try document()
        for method in ControlMethod.allCases {
            #expect(document.contains("\n### `\(method)`\n"))
        }
        for code in ControlError.Code.allCases {
            #expect(document.contains("\n| `\(code.rawValue)` | "), "\(code)")
        }
        let limits = ControlParameter.peerLimits
        let usual = ControlParameter.usualPeerLimit
        #expect(document.contains("from \(limits.lowerBound) to \(limits.upperBound), \(usual) when left out"))
        #expect(document.contains("at most \(ControlProtocol.maximumRequestLength) octets"))
    }

    @Test("describes each key of an answer to ping, and its limits, in its section")
    func ping() throws {
        let start = try #require(try document().components(separatedBy: "\n### `ping`\n").dropFirst().first)
        let section = try #require(start.components(separatedBy: "\n### ").first)
        let path = PingPath(ControlSample.peer(0))
        let answers = [
            ControlPing(path, roundTrip: .milliseconds(1)),
            ControlPing(path, EchoRefusal(.other, reason: "why"), by: ipv6("2001:db8::1")),
        ]
        for answer in answers {
            let line = try JSONText.encode(answer, isPretty: false)
            let keys = Self.keys(of: try JSONSerialization.jsonObject(with: Data(line.utf8)))
            #expect(keys.count >= 4)
            for key in keys { #expect(section.contains("\n| `\(key)` | "), "\(key)") }
        }
        let limits = ControlParameter.pingTimeouts
        let usual = ControlParameter.usualPingTimeout
        #expect(section.contains("from \(limits.lowerBound) to \(limits.upperBound), \(usual) when left out"))
        #expect(section.contains("at most \(ControlPings.limit) pings"))
    }

    @Test("describes each key of each event in the section of the method that asks for them")
    func events() throws {
        let start = try #require(try document().components(separatedBy: "\n### `subscribe`\n").dropFirst().first)
        let section = try #require(start.components(separatedBy: "\n### ").first)
        let path = PathChange(
            address: ipv6("2001:db8::1"),
            path: .direct,
            endpoint: endpoint("192.0.2.1:1"),
            previousPath: .transit,
            previousEndpoint: endpoint("192.0.2.2:2")
        )
        for event in [ControlEvent(path)] + StatusSamples.history.map({ ControlEvent($0) }) {
            let line = try JSONText.encode(event, isPretty: false)
            let keys = Self.keys(of: try JSONSerialization.jsonObject(with: Data(line.utf8)))
            #expect(keys.contains(event.event.rawValue))
            for key in keys.sorted() { #expect(section.contains("\n| `\(key)` | "), "\(key)") }
        }
    }

    /// The keys of all objects in an answer; those in `drops` are names of reasons.
    private static func keys(of value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(of: $1)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.reduce(into: []) { found, entry in
            found.insert(entry.key)
            if entry.key != "drops" { found.formUnion(keys(of: entry.value)) }
        }
    }
}
