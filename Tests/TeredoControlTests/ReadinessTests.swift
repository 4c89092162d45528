import Foundation
import TeredoControl
import TeredoControlTestSupport
import TeredoHost
import Testing

/// What `teredo wait` goes by.
@Suite struct ReadinessTests {
    @Test("a qualified client is ready, and its address is the word for it")
    func qualified() {
        #expect(Readiness(.client(StatusSamples.qualified)) == .ready("2001:0:c000:201:2cad:efff:39cc:9bf8"))
    }

    @Test("a client without an address is not, and says why")
    func offline() {
        guard case .missing(let what, let remedy) = Readiness(.client(StatusSamples.offline)) else {
            Issue.record("ready")
            return
        }
        #expect(what == "the client is offline, no answer from 192.0.2.1 to 3 solicitations")
        #expect(remedy.contains("teredo check"))
    }

    @Test("other roles are ready when they answer, but for one that does nothing")
    func others() {
        #expect(Readiness(.server(StatusSamples.server)) == .ready("server: running"))
        #expect(Readiness(.relay(StatusSamples.relay)) == .ready("relay: running"))
        #expect(Readiness(.gateway(StatusSamples.gateway)) == .ready("gateway: running"))
        guard case .missing(let what, _) = Readiness(.dormant(StatusSamples.dormant)) else {
            Issue.record("ready")
            return
        }
        #expect(what == "teredo auto is dormant, because of 1")
    }

    @Test("a role that is not there yet is waited for")
    func absent() throws {
        let path = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)/client.sock"
        guard case .missing(let what, _) = try Readiness(asking: ControlQuery(controlSocketPath: path)) else {
            Issue.record("ready")
            return
        }
        #expect(what.contains(path))
        // A client is what is asked for; where a socket is named, its role is.
        let host = try ControlHost()
        defer { host.stop() }
        #expect(try Readiness(asking: ControlQuery(controlSocketPath: host.path)) == .ready("relay: running"))
    }
}
