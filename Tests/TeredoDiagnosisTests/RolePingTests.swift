import TeredoControl
import TeredoControlTestSupport
import TeredoWire
import Testing

@testable import TeredoDiagnosis

@Suite("Ping through a running role", .serialized)
struct RolePingTests {
    private func withHost(_ body: (ControlHost) throws -> Void) throws {
        let host = try ControlHost()
        defer { host.stop() }
        try body(host)
    }

    @Test("teredo ping has the role send its requests, and goes on to the next when one cannot ask")
    func command() throws {
        try withHost { host in
            var ping = Ping(address: try #require(IPv6Address(EchoSample.answering)))
            ping.count = 3
            ping.interval = .milliseconds(20)
            // Long, because other tests keep the machine busy: every request is answered.
            ping.patience = .seconds(5)
            var events: [PingEvent] = []
            let summary = try ping.run(
                roles: ["/nonexistent/x.sock", host.path],
                path: { PingPath(ControlSample.peer(0)) },
                isInterrupted: { false },
                report: { events.append($0) }
            )
            #expect(summary.sent == 3 && summary.received == 3)
            #expect(summary.paths == [PingSummary.PathCount(path: .direct, replies: 3)])
            #expect(events.count == 3)
        }
    }

    @Test("teredo ping tells silence and refusal as the role does")
    func commandFailures() throws {
        try withHost { host in
            for (address, patience, word) in [
                (EchoSample.silent, .milliseconds(100), "no answer to seq=1"),
                (EchoSample.refused, .seconds(20), "No route to host"),
            ] as [(String, Duration, String)] {
                var ping = Ping(address: try #require(IPv6Address(address)))
                ping.count = 1
                ping.patience = patience
                var lines: [String] = []
                let summary = try ping.run(
                    roles: [host.path],
                    path: { .none },
                    isInterrupted: { false },
                    report: { lines.append($0.text(address)) }
                )
                #expect(summary.received == 0 && lines.count == 1 && lines.first?.contains(word) == true, "\(lines)")
            }
        }
    }
}
