import TeredoControlTestSupport
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis

@Suite("Check of a running client")
struct ClientCheckTests {
    private static func check(_ change: (inout ClientStatus) -> Void = { _ in }) -> ClientCheck {
        var status = StatusSamples.qualified
        status.traffic.nativeIPv6 = NativeStatus()
        change(&status)
        return ClientCheck(status)
    }

    @Test("a qualified client behind a usual router works")
    func works() {
        let check = Self.check()
        #expect(check.verdict == .works)
        #expect(check.works)
        #expect(check.problems.isEmpty)
    }

    @Test("what another program changed about the interface is the verdict, and stands in status and JSON")
    func interfaceChanged() throws {
        let fault = InterfaceFault(kind: .routeMissing, description: "teredo has lost the route ::/0")
        let check = Self.check { $0.dataPath.interfaceFaults = [fault] }
        #expect(check.verdict == .problem(.interfaceChanged) && !check.works)
        var status = StatusSamples.qualified
        status.dataPath.interfaceFaults = [fault]
        let report = StatusReport.client(status)
        #expect(report.text.contains("qualified, for 3 min 12 s, but teredo has lost the route ::/0\n"))
        #expect(report.text.contains(": teredo, MTU 1280; teredo has lost the route ::/0\n"))
        let json = try GoldenJSON.encode(report)
        #expect(json.contains("\"kind\" : \"route-missing\"") && json.contains("\"interfaceRestorations\" : 0"))
    }

    @Test("a client without address does not work, and the reason of its state is told")
    func offline() throws {
        let check = ClientCheck(StatusSamples.offline)
        #expect(check.verdict == .problem(.notQualified))
        #expect(!check.works)
        let problem = try #require(check.problems.first)
        #expect(problem.description.contains("offline (no answer from 192.0.2.1 to 3 solicitations)."))
    }

    @Test("of several servers the one in use is checked, or the first where none is")
    func serverToCheck() throws {
        var status = StatusSamples.qualified
        #expect(status.serverToCheck == .name("teredo.example.org"))
        status.servers.names = try #require(ServerList("192.0.2.9, teredo.example.org"))
        #expect(status.serverToCheck == .address(IPv4Address(192, 0, 2, 1)))
        status.servers.primary = nil
        #expect(status.serverToCheck == .address(IPv4Address(192, 0, 2, 9)))
    }

    @Test("two native hosts that do not answer are a missing relay, one is not")
    func relay() {
        let one = Self.check { $0.traffic.nativeIPv6 = NativeStatus(hostsTried: 1) }
        #expect(one.verdict == .works)
        let two = Self.check { $0.traffic.nativeIPv6 = NativeStatus(hostsTried: 2) }
        #expect(two.verdict == .problem(.noRelay))
        #expect(two.works)
        let some = Self.check { $0.traffic.nativeIPv6 = NativeStatus(hostsTried: 9, hostsAnswered: 1) }
        #expect(some.verdict == .works)
    }

    @Test("what the client found out about its NAT comes back, the diagnosis and its own observation alike")
    func behavior() {
        var report = StatusSamples.restricted
        report.mapping = .dependent
        report.portAssignment = .sequential(step: 2)
        report.hairpinning = .internalSource
        report.usesSeveralAddresses = true
        let full = Self.check { $0.mapping.nat.behavior = NATBehaviorStatus(report) }
        #expect(full.problems.map(\.name) == [.symmetricNAT, .severalAddresses, .noHairpinning])
        let early = Self.check {
            $0.mapping.nat = NATStatus(natClass: .symmetric, isPortPreserving: false, isDirect: false)
        }
        #expect(early.problems.map(\.name) == [.symmetricNAT])
        let forwarded = Self.check {
            $0.mapping.nat.behavior = NATBehaviorStatus(report)
            $0.mapping.portMapping = PortMappingStatus(
                mappingProtocol: .pcp,
                external: endpoint("198.51.100.7:4096"),
                remaining: nil,
                isReachable: true
            )
        }
        #expect(!forwarded.problems.map(\.name).contains(.symmetricNAT))
        let carrier = Self.check { $0.mapping.localEndpoint = endpoint("100.64.3.4:4096") }
        #expect(carrier.verdict == .problem(.carrierNAT))
    }

    @Test(
        "a check takes what the client's report has, value by value, and no text comes between",
        arguments: [GoldenSamples.restricted, GoldenSamples.symmetric, GoldenSamples.direct]
    )
    func values(found: NATReport) {
        var status = GoldenSamples.qualified
        status.mapping.nat.behavior = NATBehaviorStatus(found)
        let report = CheckReport(of: status)
        #expect(report.nat?.mapping == found.mapping)
        #expect(report.nat?.filtering == found.filtering)
        #expect(report.nat?.portAssignment == found.portAssignment)
        #expect(report.nat?.hairpinning == found.hairpinning)
        #expect(report.nat?.usesSeveralAddresses == found.usesSeveralAddresses)
        #expect(report.nat?.mappedEndpoint == status.mapping.mappedEndpoint)
        #expect(report.localAddress == status.mapping.localEndpoint?.address)
        #expect(
            report.server?.primary == status.servers.primary && report.server?.secondary == status.servers.secondary
        )
        #expect(report.behavior == status.mapping.nat.behavior)
    }

    @Test("the control socket answers check for a client, and says that other roles have none")
    func control() throws {
        let line = try ControlProtocol.line(.check)
        let known = ClientCheck(StatusSamples.offline)
        let client = ControlSample(report: .client(StatusSamples.offline), check: known)
        let answer = try #require(ControlProtocol.answer(line, from: client))
        let check = try ControlProtocol.result(ClientCheck.self, in: answer)
        #expect(check == known)
        #expect(answer.contains(#""severity":"blocking""#))
        let relay = try #require(ControlProtocol.answer(line, from: ControlSample()))
        #expect(relay.contains(#""code":"notAvailable""#), "\(relay)")
    }

    @Test("a network that allows a client does not hide that the running one does not work")
    func combined() {
        var report = CheckReport(serverName: ServerName("192.0.2.1"))
        report.server = StatusSamples.restricted.server
        report.nat = StatusSamples.restricted
        report.client = StatusSamples.offline
        #expect(report.verdict == .problem(.notQualified))
        #expect(!report.isWorking)
        #expect(report.text.contains("Verdict: not-qualified. The running client does not work, although"))
        report.client = StatusSamples.qualified
        #expect(report.isWorking)
        #expect(report.text.contains("Running Client       : qualified, 2001:0:c000:201:2cad:efff:39cc:9bf8"))
    }

    @Test("SEC-17: a check says what may come in, and what was refused")
    func inbound() {
        var report = CheckReport(serverName: ServerName("192.0.2.1"))
        report.server = StatusSamples.restricted.server
        report.nat = StatusSamples.restricted
        var client = StatusSamples.qualified
        client.traffic.inbound = InboundStatus(
            mode: .filtered,
            allowed: [InboundRule("tcp/22")].compactMap(\.self),
            refusals: InboundRefusals(
                packets: 3,
                kinds: [
                    .init(source: IPv6Address("2001:db8::7") ?? .unspecified, protocolNumber: 17, port: 53, packets: 3)
                ]
            )
        )
        report.client = client
        let text = report.text
        #expect(
            text.contains(
                "Inbound              : filtered: answers, ping, tcp/22; refused 3 packets: udp/53 from 2001:db8::7 (3)"
            ),
            "\(text)"
        )
        #expect(
            StatusReport.client(client).inbound?.remark?.hasPrefix(
                "inbound: filtered: answers, ping, tcp/22; refused 3"
            ) == true
        )
        client.traffic.inbound = InboundStatus(mode: .open, otherFilter: false)
        #expect(StatusReport.client(client).inbound?.remark == "inbound: open: everything")
        client.traffic.inbound = InboundStatus(mode: .filtered)
        #expect(StatusReport.client(client).inbound?.remark == nil)
    }
}
