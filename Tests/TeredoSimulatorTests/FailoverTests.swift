import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Clients with two servers, of which one fails.
@Suite struct FailoverTests {
    private static let first = SimulatedInternet.server.primary
    private static let second = SimulatedInternet.otherServer.primary

    private func shared(seed: Int, _ change: (inout InternetOptions) -> Void = { _ in }) throws -> SimulatedInternet {
        try internet(seed: UInt64(seed)) { options in
            options.fleet.sharesServers = true
            change(&options)
        }
    }

    private func server(of internet: SimulatedInternet) -> IPv4Address? { internet.client(.clientA)?.address?.server }

    private func changes(of internet: SimulatedInternet) -> [StateChangeReason] {
        internet.events(of: .clientA).compactMap { entry in
            if case .addressWithdrawn(_, let reason) = entry.event { reason } else { nil }
        }
    }

    @Test("A dead server is replaced within 5 s, whenever it dies, and traffic flows again", arguments: 0..<20)
    func failsOver(seed: Int) throws {
        let internet = try shared(seed: seed)
        #expect(internet.qualify())
        internet.run(for: .milliseconds(10_000 + seed * 137))
        #expect(server(of: internet) == Self.first)
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(5))
        #expect(server(of: internet) == Self.second)
        #expect(internet.client(.clientB)?.address?.server == Self.second)
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        #expect(changes(of: internet) == [.serverLost(Self.first, next: Self.second)])
    }

    @Test(
        "The server in use sees another port than the first one, which was silent: ports are foretold and announced all the same",
        arguments: [NATKind.portPreservingSymmetric, .symmetricMapped],
        [1, 2, 3]
    )
    func silentFirstServer(kind: NATKind, seed: Int) throws {
        let internet = try shared(seed: seed) { options in
            options.natA = kind
            options.natB = kind
        }
        internet.setServer(Self.first, isUp: false)
        #expect(internet.qualify())
        internet.setServer(Self.first, isUp: true)
        internet.run(for: .seconds(150))
        for host in [HostName.clientA, .clientB] {
            let client = try #require(internet.client(host))
            #expect(client.address?.server == Self.second && client.mappedEndpoint?.port != client.localEndpoint?.port)
        }
        #expect(internet.ping(from: .clientA, to: .clientB, timeout: .seconds(10)).isReply)
        internet.run(for: .seconds(40))
        #expect(internet.ping(from: .clientB, to: .clientA, timeout: .seconds(10)).isReply)
    }

    @Test("A client with another server to go to asks hardly more solicitations of its server than one without")
    func asksLess() throws {
        let internet = try shared(seed: 2)
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        let row = internet.trace.count
        internet.run(for: .seconds(600))
        let asked = internet.trace.dropFirst(row).filter {
            $0.sender == "client A" && $0.endpoints?.destination == UDPEndpoint(Self.first, 3544)
        }
        #expect(asked.count { $0.meaning.hasPrefix("router solicitation") } <= 4)
        #expect((190...270).contains(asked.count), "one bubble in 2.25 to 3 s: \(asked.count)")
    }

    @Test("Another mapping is noticed within 5 s, while bubbles are the questions", arguments: 0..<5)
    func noticesMapping(seed: Int) throws {
        let internet = try shared(seed: seed) { $0.natA = .symmetric }
        #expect(internet.qualify())
        internet.run(for: .milliseconds(20_000 + seed * 531))
        let before = internet.address(of: .clientA)
        internet.rebindNATs()
        internet.run(for: .seconds(5))
        #expect(internet.address(of: .clientA) != before && server(of: internet) == Self.first)
        #expect(internet.ping(from: .native, to: .clientA).isReply)
    }

    @Test("A server that is gone for 1.3 s is kept", arguments: 0..<20)
    func shortOutage(seed: Int) throws {
        let internet = try shared(seed: seed)
        #expect(internet.qualify())
        internet.run(for: .milliseconds(10_000 + seed * 137))
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .milliseconds(1300))
        internet.setServer(Self.first, isUp: true)
        internet.run(for: .seconds(20))
        #expect(changes(of: internet).isEmpty)
    }

    @Test("SEC-39: a server that is gone hears four solicitations of a check, and then one in 4 s at most")
    func keepsDistance() throws {
        let internet = try shared(seed: 3)
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        let row = internet.trace.count
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(600))
        let times = internet.trace.dropFirst(row).filter {
            $0.sender == "client A" && $0.meaning.hasPrefix("router solicitation")
                && $0.endpoints?.destination == UDPEndpoint(Self.first, 3544)
        }.map(\.time)
        #expect((6...20).contains(times.count), "\(times.count)")
        let afterCheck = times.dropFirst(4)
        #expect(zip(afterCheck.dropFirst(), afterCheck).allSatisfy { $0 - $1 >= .seconds(4) })
    }

    @Test("An outage of both servers changes no server: the fault may be near")
    func outageOfAll() throws {
        let internet = try shared(seed: 4) { $0.adjustNAT = { $0.lifetime = .seconds(300) } }
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        let before = internet.address(of: .clientA)
        internet.setServer(isUp: false)
        internet.run(for: .seconds(45))
        #expect(internet.address(of: .clientA) == nil)
        internet.setServer(isUp: true)
        internet.run(for: .seconds(20))
        #expect(internet.address(of: .clientA) == before)
    }

    @Test("A loss of 10 % for an hour changes no server", arguments: 0..<4)
    func loss(seed: Int) throws {
        let internet = try shared(seed: seed) { $0.recordsTrace = false }
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        internet.setFault(LinkFault(jitter: .milliseconds(20), lossPerMille: 50))
        internet.run(for: .seconds(3600))
        #expect(changes(of: internet).isEmpty, "\(changes(of: internet))")
    }

    @Test("A client whose first server is dead at the start begins with the second within 3 s", arguments: 0..<5)
    func deadAtStart(seed: Int) throws {
        let internet = try shared(seed: seed)
        internet.setServer(Self.first, isUp: false)
        #expect(internet.qualify(within: .seconds(3)))
        #expect(server(of: internet) == Self.second)
    }

    @Test("The client returns to a preferred server after 10 to 20 minutes, and only while nothing uses the address")
    func returns() throws {
        let internet = try shared(seed: 5) { $0.recordsTrace = false }
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(60))
        internet.setServer(Self.first, isUp: true)
        let back = internet.now
        for _ in 0..<40 {
            internet.run(for: .seconds(60))
            #expect(internet.ping(from: .clientA, to: .native).isReply)
        }
        #expect(server(of: internet) == Self.second, "in use all the time")
        internet.run(for: .seconds(420))
        #expect(server(of: internet) == Self.first)
        // Client B was idle all the time.
        let returned = internet.events(of: .clientB).first { entry in
            if case .addressWithdrawn(_, .serverReturned) = entry.event { true } else { false }
        }
        let wait = try #require(returned).time - back
        #expect((.seconds(600)...(.seconds(1500))).contains(wait), "\(wait)")
    }

    @Test("A server that fails again and again is returned to ever more slowly")
    func doesNotFlap() throws {
        let internet = try shared(seed: 6) { $0.recordsTrace = false }
        #expect(internet.qualify())
        for _ in 0..<24 {
            internet.setServer(Self.first, isUp: false)
            internet.run(for: .seconds(60))
            internet.setServer(Self.first, isUp: true)
            internet.run(for: .seconds(1740))
        }
        // Twelve hours, 24 failures: one change away and one back each time would be 48.
        #expect((2...16).contains(changes(of: internet).count), "\(changes(of: internet).count)")
    }

    @Test("Clients that left a server together do not return together")
    func herd() throws {
        let internet = try shared(seed: 7) { $0.recordsTrace = false }
        #expect(internet.qualify())
        internet.run(for: .seconds(10))
        internet.setServer(Self.first, isUp: false)
        internet.run(for: .seconds(60))
        internet.setServer(Self.first, isUp: true)
        internet.run(for: .seconds(1800))
        let times = [HostName.clientA, .clientB].compactMap { host in
            internet.events(of: host).last { if case .addressWithdrawn = $0.event { true } else { false } }?.time
        }
        #expect(times.count == 2 && abs((times[0] - times[1]).components.seconds) > 10, "\(times)")
    }

    @Test("A client with one server asks as seldom as before")
    func single() throws {
        let internet = try internet()
        #expect(internet.qualify())
        internet.run(for: .seconds(300))
        #expect(internet.solicitationTimes(of: .clientA).count <= 16)
    }
}
