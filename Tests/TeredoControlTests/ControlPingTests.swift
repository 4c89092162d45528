import Foundation
import Synchronization
import TeredoControlTestSupport
import TeredoLinux
import TeredoWire
import Testing

@testable import TeredoControl

@Suite("Ping by control socket", .serialized)
struct ControlPingTests {
    private func withHost(_ body: (ControlHost) throws -> Void) throws {
        let host = try ControlHost()
        defer { host.stop() }
        try body(host)
    }

    private static func line(_ address: String, id: Int = 7, timeout: Int = 10_000) -> String {
        #"{"version":2,"id":\#(id),"method":"ping","parameters":{"address":"\#(address)","timeout":\#(timeout)}}"#
    }

    private static func waitUntil(_ count: Int, pingsOf host: ControlHost) -> Bool {
        for _ in 0..<400 where host.pings.load(ordering: .relaxed) != count { usleep(5000) }
        return host.pings.load(ordering: .relaxed) == count
    }

    @Test("a reply is told with its time and the path, a refusal with its reason, each under the number of its request")
    func answers() throws {
        try withHost { host in
            let stream = try UnixStream(connectingTo: host.path)
            let reply = try stream.request(Self.line(EchoSample.answering, id: 41), within: .seconds(5))
            let result = try ControlProtocol.result(ControlPing.self, in: reply)
            #expect(reply.contains(#""id":41"#) && result.outcome.answered && result.path == .none)
            #expect(try #require(result.outcome.roundTrip) < .seconds(5))
            let refusal = try stream.request(Self.line(EchoSample.refused), within: .seconds(5))
            let refused = ControlPing(
                .none,
                EchoRefusal(.hostUnreachable, reason: "No route to host"),
                by: IPv6Address("2001:db8::9")
            )
            #expect(try ControlProtocol.result(ControlPing.self, in: refusal) == refused)
            let failure = try stream.request(Self.line(EchoSample.unsendable), within: .seconds(5))
            let unsent = ControlPing(.none, EchoRefusal(.noRoute, reason: "Network is unreachable"), by: nil)
            #expect(try ControlProtocol.result(ControlPing.self, in: failure) == unsent)
            #expect(Self.waitUntil(0, pingsOf: host))
        }
    }

    @Test("silence is told after the timeout, and other requests of the connection are answered before")
    func silence() throws {
        try withHost { host in
            let stream = try UnixStream(connectingTo: host.path)
            let begin = MonotonicClock.now
            let requests =
                Self.line(EchoSample.silent, id: 1, timeout: 300) + "\n" + #"{"version":2,"id":2,"method":"version"}"#
            let first = try stream.request(requests, within: .seconds(5))
            #expect(first.contains(#""id":2"#) && !first.contains(#""id":1"#))
            var octets: [UInt8] = []
            for _ in 0..<1000 where octets.last != 10 {
                if case .octets(let more) = stream.read() { octets += more } else { usleep(5000) }
            }
            let answer = String(decoding: octets.dropLast(), as: UTF8.self)
            #expect(answer.contains(#""id":1"#))
            #expect(try ControlProtocol.result(ControlPing.self, in: answer) == ControlPing(.none))
            #expect(MonotonicClock.now - begin >= .milliseconds(300))
        }
    }

    @Test("a connection has one ping at a time and a role sixteen; a connection that closes gives its ping up")
    func bounds() throws {
        try withHost { host in
            let ping = Array((Self.line(EchoSample.silent) + "\n").utf8)
            do {
                let stream = try UnixStream(connectingTo: host.path)
                #expect(stream.write(ping[...]) == ping.count)
                let second = try stream.request(Self.line(EchoSample.answering, id: 2), within: .seconds(5))
                #expect(second.contains(#""code":"limitReached""#) && second.contains(#""id":2"#))
                #expect(Self.waitUntil(1, pingsOf: host))
            }
            #expect(Self.waitUntil(0, pingsOf: host))
        }
        var pings = ControlPings(open: EchoSample.open)
        let address = try #require(IPv6Address(EchoSample.silent))
        let inquiry = PingInquiry(id: nil, address: address, timeout: .nanoseconds(1))
        for number in 0..<16 {
            let start = try pings.begin(inquiry, connection: UInt64(number), token: UInt64(100 + number))
            #expect(start == .begun)
        }
        let error = #expect(throws: ControlError.self) { _ = try pings.begin(inquiry, connection: 99, token: 199) }
        #expect(error?.code == .limitReached)
        pings.cancel(3)
        #expect(pings.count == 15)
        #expect(pings.takeExpired(MonotonicClock.now + .seconds(1), path: { _ in .none }).count == 15)
        #expect(pings.count == 0 && pings.nextTimeout == nil)
    }

    @Test("a role that may not ping names the remedy; one without interface says so")
    func refusals() throws {
        try withHost { host in
            let stream = try UnixStream(connectingTo: host.path)
            let forbidden = try stream.request(Self.line(EchoSample.forbidden), within: .seconds(5))
            #expect(forbidden.contains(#""code":"notAvailable""#) && forbidden.contains("ping_group_range"))
        }
        let server = ControlSample(report: .server(StatusSamples.server), hasPeers: false)
        let answer = try #require(ControlProtocol.answer(Self.line(EchoSample.answering), from: server))
        #expect(answer.contains(#""code":"notAvailable""#) && answer.contains("no interface"))
    }
}
