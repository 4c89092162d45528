import Foundation
import TeredoLinux
import TeredoService
import Testing

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
                let line = try stream.request(#"{"version":2,"method":"status"}"#, seconds: 5)
                #expect(try ControlProtocol.result(StatusReport.self, in: line).role == .relay)
            }
        }
    }

    @Test("the longest list of peers arrives whole, again and again on one connection")
    func longAnswers() throws {
        try withHost { host in
            let limit = ControlParameter.peerLimit.maximum
            let stream = try UnixStream(connectingTo: host.path)
            for _ in 0..<5 {
                let line = try stream.request(
                    try ControlProtocol.line(.peers, parameters: ["limit": limit]),
                    seconds: 5
                )
                #expect(try ControlProtocol.result(PeerList.self, in: line).peers.count == limit)
            }
            #expect(try ControlQuery(controlSocketPath: host.path).peers(limit: 2).peers.count == 2)
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
            _ = try first.request("x", seconds: 5)
            for _ in 0..<20 {
                let stream = try UnixStream(connectingTo: host.path)
                _ = try stream.request("x", seconds: 5)
            }
            #expect(try ControlQuery(controlSocketPath: host.path).status().role == .relay)
        }
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

    @Test("a missing socket and a dead one say what to do")
    func dead() throws {
        let missing = try #require(throws: ServiceError.self) {
            _ = try ControlQuery(controlSocketPath: "/nonexistent/x.sock").status()
        }
        #expect(missing.remedy.contains("no role is running there"))
    }
}
