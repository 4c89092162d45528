import Foundation
import Synchronization
import TeredoControlTestSupport
import TeredoLinux
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoHost

@Suite("Control socket", .serialized)
struct ControlServerTests {
    private func withHost(_ body: (ControlHost) throws -> Void) throws {
        let host = try ControlHost()
        defer { host.stop() }
        try body(host)
    }

    @Test("the status command gets the report of the role, again and again on one connection")
    func answers() throws {
        try withHost { host in
            #expect(try ControlQuery(controlSocketPath: host.path).status() == .relay(StatusSamples.relay))
            let stream = try UnixStream(connectingTo: host.path)
            for _ in 0..<20 {
                let line = try stream.request(#"{"version":2,"method":"status"}"#, within: .seconds(5))
                #expect(try ControlProtocol.result(StatusReport.self, in: line).role == .relay)
            }
        }
    }

    @Test("the longest list of peers arrives whole, again and again on one connection")
    func longAnswers() throws {
        try withHost { host in
            let limit = ControlParameter.peerLimits.upperBound
            let stream = try UnixStream(connectingTo: host.path)
            for _ in 0..<5 {
                let line = try stream.request(
                    try ControlProtocol.line(.peers, parameters: ["limit": .number(limit)]),
                    within: .seconds(5)
                )
                #expect(try ControlProtocol.result(PeerList.self, in: line).peers.count == limit)
            }
            #expect(try ControlQuery(controlSocketPath: host.path).peers(limit: 2).peers.count == 2)
            let last = ControlSample.peer(200).address
            #expect(try ControlQuery(controlSocketPath: host.path).peer(last) == ControlSample.peer(200))
        }
    }

    @Test("the socket is for its owner and group only, and is gone with the role")
    func permissions() throws {
        let host = try ControlHost()
        let mode = try FileManager.default.attributesOfItem(atPath: host.path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o660)
        host.stop()
        #expect(!FileManager.default.fileExists(atPath: host.path))
    }

    @Test("a second role on the same path is refused")
    func refusesSecond() throws {
        try withHost { host in
            let error = try #require(throws: ServiceError.self) { _ = try ControlHost(path: host.path) }
            #expect(error.message.contains(host.path))
            #expect(error.remedy.contains("--control-socket"))
        }
    }

    @Test("a request longer than the limit, and too many requests at once, are hung up on")
    func bounds() throws {
        try withHost { host in
            for request in [
                String(repeating: "x", count: ControlProtocol.maximumRequestLength + 1),
                Array(repeating: #"{"version":2,"method":"status"}"#, count: 40).joined(separator: "\n"),
            ] {
                let stream = try UnixStream(connectingTo: host.path)
                var isClosed = false
                // Answers come until the server hangs up; more is written so that it meets a closed connection.
                for _ in 0..<200 where !isClosed {
                    isClosed = stream.write(Array((request + "\n").utf8)[...]) == nil
                    usleep(5000)
                }
                #expect(isClosed, "\(request.prefix(40))")
            }
            #expect(try ControlQuery(controlSocketPath: host.path).status().role == .relay)
        }
    }

    @Test("idle connections beyond the limit do not keep others out")
    func idleConnections() throws {
        try withHost { host in
            let first = try UnixStream(connectingTo: host.path)
            _ = try first.request("x", within: .seconds(5))
            for _ in 0..<20 {
                let stream = try UnixStream(connectingTo: host.path)
                _ = try stream.request("x", within: .seconds(5))
            }
            #expect(try ControlQuery(controlSocketPath: host.path).status().role == .relay)
        }
    }

    private static func event(_ number: Int) -> ControlEvent {
        ControlEvent(
            StateChange(
                age: .zero,
                state: .offline,
                cause: .noAnswer,
                reason: "\(number) " + String(repeating: "x", count: 200)
            )
        )
    }

    private static func read(_ stream: borrowing UnixStream, lines: Int) -> [String] {
        var octets: [UInt8] = []
        for _ in 0..<1000 where octets.count(where: { $0 == 10 }) < lines {
            if case .octets(let more) = stream.read() { octets += more } else { usleep(5000) }
        }
        return String(decoding: octets, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("events reach a subscriber in order, nobody else, and requests are answered in between")
    func events() throws {
        try withHost { host in
            let subscriber = try UnixStream(connectingTo: host.path)
            let other = try UnixStream(connectingTo: host.path)
            let line = try subscriber.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
            #expect(try ControlProtocol.result(ControlSubscription.self, in: line).events == [.state, .path])
            _ = try other.request(try ControlProtocol.line(.version), within: .seconds(5))
            host.publish((1...3).map(Self.event))
            let expected = try (1...3).map { try JSONText.encode(Self.event($0), isPretty: false) }
            let heard = Self.read(subscriber, lines: 3)
            #expect(heard == expected)
            let answer = try subscriber.request(try ControlProtocol.line(.version), within: .seconds(5))
            #expect(answer.contains(#""control":2"#))
            let silence = other.read()
            #expect(silence == .nothing)
        }
    }

    @Test("single messages reach who asked for them, and no other subscriber")
    func exchanges() throws {
        try withHost { host in
            let curious = try UnixStream(connectingTo: host.path)
            let other = try UnixStream(connectingTo: host.path)
            let question = try ControlProtocol.line(.subscribe, parameters: ["exchanges": .number(1)])
            let line = try curious.request(question, within: .seconds(5))
            #expect(try ControlProtocol.result(ControlSubscription.self, in: line).events == ControlEvent.Kind.allCases)
            _ = try other.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
            let exchange = ControlEvent(MessageExchange(.received, .echoReply, endpoint("192.0.2.1:3544")))
            host.publish([exchange, Self.event(1)])
            let expected = try [exchange, Self.event(1)].map { try JSONText.encode($0, isPretty: false) }
            #expect(Self.read(curious, lines: 2) == expected)
            #expect(Self.read(other, lines: 1) == [expected[1]])
            // Who subscribes anew without them has enough of them.
            _ = try curious.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
            host.publish([exchange, Self.event(2)])
            #expect(Self.read(curious, lines: 1) == [try JSONText.encode(Self.event(2), isPretty: false)])
        }
    }

    @Test("a subscriber that takes nothing is hung up on and counted; the others hear everything")
    func slowSubscriber() throws {
        try withHost { host in
            let slow = try UnixStream(connectingTo: host.path)
            let quick = try UnixStream(connectingTo: host.path)
            _ = try slow.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
            _ = try quick.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
            var heard = 0
            for round in 0..<40 where host.dropped.load(ordering: .relaxed) == 0 {
                host.publish((0..<50).map { Self.event(round * 50 + $0) })
                heard = Self.read(quick, lines: 50).count
                #expect(heard == 50)
            }
            #expect(host.dropped.load(ordering: .relaxed) == 1 && heard == 50)
            #expect(try ControlQuery(controlSocketPath: host.path).status().role == .relay)
        }
    }

    @Test("a fifth subscriber is refused; one that goes makes room, and other callers do not push subscribers out")
    func subscriberLimit() throws {
        try withHost { host in
            let line = try ControlProtocol.line(.subscribe)
            let first = try UnixStream(connectingTo: host.path)
            let second = try UnixStream(connectingTo: host.path)
            let third = try UnixStream(connectingTo: host.path)
            let late = try UnixStream(connectingTo: host.path)
            for _ in 0..<2 { #expect(try first.request(line, within: .seconds(5)).contains("result")) }
            #expect(try second.request(line, within: .seconds(5)).contains("result"))
            #expect(try third.request(line, within: .seconds(5)).contains("result"))
            try Self.subscribeAndLeave(host.path, while: late)
            var isAdmitted = false
            for _ in 0..<200 where !isAdmitted {
                isAdmitted = try late.request(line, within: .seconds(5)).contains("result")
                usleep(5000)
            }
            #expect(isAdmitted)
            for _ in 0..<20 { #expect(try ControlQuery(controlSocketPath: host.path).status().role == .relay) }
            host.publish([Self.event(1)])
            let heard = Self.read(first, lines: 1).count
            #expect(heard == 1)
        }
    }

    /// Takes the fourth place, in which `late` is refused, and gives it up.
    private static func subscribeAndLeave(_ path: String, while late: borrowing UnixStream) throws {
        let fourth = try UnixStream(connectingTo: path)
        #expect(try fourth.request(try ControlProtocol.line(.subscribe), within: .seconds(5)).contains("result"))
        let refusal = try late.request(try ControlProtocol.line(.subscribe), within: .seconds(5))
        #expect(refusal.contains(#""code":"limitReached""#))
    }

    @Test("without a path the only running role is found; several must be told apart")
    func finds() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let query = ControlQuery(controlSocketPath: nil, directory: directory)
        let none = try #require(throws: ServiceError.self) { _ = try query.status() }
        #expect(none.message == "no role is running: there is no control socket in \(directory)")
        let relay = try ControlHost(path: "\(directory)/relay.sock")
        #expect(try query.status().role == .relay)
        let server = try ControlHost(path: "\(directory)/server.sock")
        let several = try #require(throws: ServiceError.self) { _ = try query.status() }
        #expect(several.message.hasPrefix("several roles are running: "))
        #expect(several.remedy.contains("--control-socket \(directory)/"))
        server.stop()
        relay.stop()
    }

    /// A role that is stopped: it listens, and takes no connection.
    private final class Stopped {
        private let listener: UnixListener

        init(_ path: String) throws { listener = try UnixListener(path: path) }
    }

    @Test("a socket that nobody listens at does not hide a role that hangs; several that hang take no longer than one")
    func hung() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A role that was killed leaves its socket, where the kernel refuses connections as it does here.
        try "".write(toFile: "\(directory)/client.sock", atomically: false, encoding: .utf8)
        let query = ControlQuery(controlSocketPath: nil, directory: directory, patience: .seconds(1))
        let absent = try #require(throws: ServiceError.self) { try query.status() }
        #expect(absent.remedy.hasPrefix("no role is running there"))
        let stopped = try ["server", "relay", "gateway"].map { try Stopped("\(directory)/\($0).sock") }
        defer { withExtendedLifetime(stopped) {} }
        let questions: [() throws -> Void] = [
            { _ = try query.status() }, { _ = try query.reload() }, { _ = try RoleAnswer.ask(query) },
            { _ = try query.peer(.loopback) }, { _ = try query.requiredClient() },
        ]
        for (number, question) in questions.enumerated() {
            let start = MonotonicClock.now
            let error = try #require(throws: ServiceError.self) { try question() }
            #expect(error.message.contains("server.sock does not answer within 1 s"), "\(number): \(error)")
            #expect(error.remedy.contains("stopped or hung"), "\(number): \(error)")
            #expect(MonotonicClock.now - start < .milliseconds(2500), "\(number)")
        }
        let relay = try ControlHost(path: "\(directory)/relay-home.sock")
        defer { relay.stop() }
        let start = MonotonicClock.now
        let outcomes = try query.statuses().map { (try? $0.outcome.get())?.role }
        #expect(outcomes == [nil, nil, nil, nil, .relay])
        #expect(MonotonicClock.now - start < .milliseconds(2500))
    }

    @Test("all roles are found, instances too, in the order of the roles; what is no role is told with the others")
    func findsAll() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let query = ControlQuery(controlSocketPath: nil, directory: directory)
        let none = try #require(throws: ServiceError.self) { try query.statuses() }
        #expect(none.message.hasPrefix("no role is running"))
        let instance = try ControlHost(path: "\(directory)/relay-home.sock")
        defer { instance.stop() }
        #expect(try query.status().role == .relay, "the only one is found by whatever name")
        let server = try ControlHost(path: "\(directory)/server.sock")
        defer { server.stop() }
        try "".write(toFile: "\(directory)/dead.sock", atomically: false, encoding: .utf8)
        let all = try query.statuses()
        let names = all.map { $0.path.split(separator: "/").last.map(String.init) ?? "" }
        #expect(names == ["server.sock", "dead.sock", "relay-home.sock"])
        #expect((try? all[0].outcome.get())?.role == .relay && (try? all[2].outcome.get())?.role == .relay)
        #expect(throws: ServiceError.self) { try all[1].outcome.get() }
        #expect(try query.status().role == .relay, "a role with the usual name goes before instances")
        let client = try #require(throws: ServiceError.self) { try query.requiredClient() }
        #expect(client.message.contains("dead.sock"), "what is in the way is told: \(client)")
    }

    @Test("a missing socket and a dead one say what to do")
    func dead() throws {
        let missing = try #require(throws: ServiceError.self) {
            _ = try ControlQuery(controlSocketPath: "/nonexistent/x.sock").status()
        }
        #expect(missing.remedy.contains("no role is running there"))
    }

    @Test("a role that hangs is named, with what to do")
    func hangs() throws {
        let directory = try TemporaryFile(contents: "")
        let path = directory.path + ".sock"
        let listener = try UnixListener(path: path)
        let error = try #require(throws: ServiceError.self) {
            _ = try ControlQuery(controlSocketPath: path, patience: .zero).status()
        }
        #expect(error.message == "the role at \(path) does not answer within 0 s")
        #expect(error.remedy.contains("look at its log"))
        withExtendedLifetime(listener) {}
    }
}
