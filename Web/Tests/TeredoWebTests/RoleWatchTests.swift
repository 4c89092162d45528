import FlyingSocks
import Foundation
import Testing

@testable import TeredoWeb

@Suite("Roles that answer, hang, end and talk rubbish", .serialized)
struct RoleWatchTests {
    /// What the page promises, and some for a machine that builds something else at the same time.
    private let promised = Duration.milliseconds(1000)
    private let allowance = Duration.milliseconds(1500)

    @Test("A role that begins to hang is told of, and so is its recovery")
    func hangs() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool)
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            role.become(.hangs)
            let noticed = try await bench.time(of: "client") { $0.condition == .silent }
            #expect(noticed < promised + allowance)
            role.become(.answers)
            // The role above sleeps on the old connection for good: a new one is tried after some silences.
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            await role.end(leavingSocket: false)
        }
    }

    @Test("A role that ends is told of, with and without its socket, and so is the next one", arguments: [true, false])
    func ends(leavingSocket: Bool) async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client-a"), pool: bench.pool)
            _ = try await bench.time(of: "client-a") { $0.condition == .answers }
            await role.end(leavingSocket: leavingSocket)
            let noticed = try await bench.time(of: "client-a") { $0.condition == .ended(leavingSocket: leavingSocket) }
            #expect(noticed < promised + allowance)
            let next = try FakeRole(at: bench.path("client-a"), pool: bench.pool)
            let recovered = try await bench.time(of: "client-a") { $0.condition == .answers }
            #expect(recovered < promised + allowance)
            await next.end(leavingSocket: false)
        }
    }

    @Test(
        "Rubbish is told of in a sentence, and what follows is understood",
        arguments: [
            "220 mail.example.org ESMTP", "{}", "[]", #"{"version":2,"result":{}}"#,
            #"{"version":3,"id":1,"result":{}}"#,
            #"{"version":2,"id":1}"#, #"{"version":2,"id":1,"result":5}"#, #"{"event":5}"#,
        ]
    )
    func rubbish(line: String) async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("server"), pool: bench.pool, .says(line))
            let isRubbish = { (view: RoleView) in if case .rubbish = view.condition { true } else { false } }
            _ = try await bench.time(of: "server", until: isRubbish)
            let sentence = await bench.board.view("server").map { $0.condition.sentence(for: $0.socket.path) }
            #expect(sentence?.contains("does not speak the control protocol") == true)
            role.become(.answers)
            _ = try await bench.time(of: "server") { $0.condition == .answers }
            await role.end(leavingSocket: false)
        }
    }

    @Test("A line without an end takes no more memory than one line may")
    func babble() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("relay"), pool: bench.pool, .babbles)
            // At first it is only late.
            _ = try await bench.time(of: "relay") {
                $0.condition == .rubbish("a line has more than \(ControlLink.maximumLineLength) octets")
            }
            await role.end(leavingSocket: false)
        }
    }

    @Test("A role at which four others subscribe is watched all the same")
    func noSubscription() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool, .refusesSubscribers)
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            await role.end(leavingSocket: false)
        }
    }

    @Test("Single messages are on the board with their endpoints, and do not make the page ask more often")
    func exchanges() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool, .tellsExchanges)
            _ = try await bench.time(of: "client") {
                $0.json(after: 0, withSamples: false).contains(#""endpoint":"192.0.2.1:3544""#)
            }
            let before = role.requests
            try await Task.sleep(for: .seconds(2))
            // Status, peers every other time and the check now and then, each 0.4 s.
            #expect(role.requests - before < 14)
            await role.end(leavingSocket: false)
        }
    }

    @Test("A change of state is on the board within a second")
    func state() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool)
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            role.enter("offline")
            let noticed = try await bench.time(of: "client") {
                $0.json(after: 0, withSamples: false).contains("offline")
            }
            #expect(noticed < promised + allowance)
            await role.end(leavingSocket: false)
        }
    }

    @Test("A role that takes no connection any longer hangs, and has not ended")
    func fullQueue() async throws {
        try await Workbench.use { bench in
            let path = bench.path("client")
            let socket = try Socket(domain: AF_UNIX)
            try socket.bind(to: sockaddr_un.unix(path: path))
            try socket.listen(maxPendingConnection: 0)
            var links: [ControlLink] = []
            var fault: ControlFault?
            for _ in 0..<4 {
                do throws(ControlFault) {
                    links.append(try ControlLink.connect(to: path, pool: bench.pool))
                } catch {
                    fault = error
                }
            }
            #expect(fault == .silent)
            for link in links { await link.close() }
            try socket.close()
        }
    }

    @Test("However many ask for metrics at once, a role is asked once")
    func desk() async throws {
        try await Workbench.use { bench in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool)
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            let before = role.connections
            let desk = MetricsDesk(scrape: MetricsScrape(search: bench.search, pool: bench.pool), board: bench.board)
            let texts = await withTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { await desk.text() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(texts.count == 20)
            #expect(Set(texts).count == 1)
            #expect(role.connections == before + 1)
            try await Task.sleep(for: MetricsDesk.freshness * 2)
            let later = await desk.text()
            #expect(later == texts.first)
            #expect(role.connections == before + 2)
            await role.end(leavingSocket: false)
        }
    }

    @Test("Metrics tell of those that hang, end and talk rubbish next to those that answer, within a second")
    func metrics() async throws {
        try await Workbench.use { bench in
            let good = try FakeRole(at: bench.path("client"), pool: bench.pool)
            let hanging = try FakeRole(at: bench.path("relay"), pool: bench.pool, .hangs)
            let odd = try FakeRole(at: bench.path("server"), pool: bench.pool, .says("hello"))
            let gone = try #require(RoleSocket(path: bench.path("gateway")))
            let clock = ContinuousClock()
            let start = clock.now
            let text = await MetricsScrape(search: bench.search, pool: bench.pool).run(known: [gone]).text
            #expect(start.duration(to: clock.now) < promised + allowance)
            #expect(text.contains(#"teredo_up{socket="client",role="client"} 1"#))
            for role in ["relay", "server", "gateway"] {
                #expect(text.contains(#"teredo_up{socket="\#(role)",role="\#(role)"} 0"#))
            }
            #expect(text.contains("relay.sock does not answer"))
            #expect(text.contains("server.sock does not speak the control protocol"))
            #expect(text.contains("gateway.sock has ended"))
            for role in [good, hanging, odd] { await role.end(leavingSocket: false) }
        }
    }
}
