import TeredoProtocol
import TeredoWire
import Testing

/// The addresses of one name: two servers, or one server's two addresses.
@Suite struct NamedServersTests {
    private static let first = IPv4Address(192, 0, 2, 1)
    private static let second = IPv4Address(192, 0, 2, 129)
    private static let third = IPv4Address(198, 51, 100, 9)
    private static let otherPort = UDPEndpoint(ClientHarness.mapped.address, 4097)

    /// Where servers are, and whom they name: those that are not in it are dead.
    private typealias World = [IPv4Address: IPv4Address]

    /// Two servers, each with the next address.
    private static let twoServers: World = [
        first: first, first.successor: first, second: second, second.successor: second,
    ]

    private static func pair(_ one: IPv4Address, _ other: IPv4Address) -> [ServerAddresses] {
        [ServerAddresses(primary: one, secondary: other), ServerAddresses(primary: other, secondary: one)]
    }

    private static func client(_ servers: [ServerAddresses], isStrict: Bool = false) -> ClientHarness {
        var harness = ClientHarness {
            $0.qualification.acceptsSilentSecondary = !isStrict
            $0.qualification.rejectsSymmetricNAT = isStrict
        }
        harness.answersServerRequests = false
        harness.start()
        harness.client.setServers(servers, now: harness.now)
        harness.drain()
        return harness
    }

    /// Lets time pass in a world where a question is answered after 20 ms: a solicitation by an advertisement, and a bubble of
    /// the client to itself by that bubble, unless servers do not pass such on.
    private static func live(
        _ harness: inout ClientHarness,
        _ duration: Duration,
        in world: World,
        passesBubbles: Bool = true,
        mapped: (IPv4Address) -> UDPEndpoint = { _ in ClientHarness.mapped }
    ) {
        let end = harness.now + duration
        while harness.now < end {
            harness.advance(.milliseconds(20))
            for question in harness.takeQuestions() {
                guard let server = world[question.to.address] else { continue }
                let endpoint = mapped(question.to.address)
                if question.isSolicitation {
                    harness.receive(advertisement(of: server, to: question, endpoint), from: question.to)
                } else if passesBubbles, server == question.to.address {
                    let origin = [UInt8](capacity: 8) { OriginIndication(endpoint).encode(into: &$0) }
                    harness.receive(origin + question.bytes, from: question.to)
                }
            }
        }
    }

    private static func advertisement(
        of server: IPv4Address,
        to solicitation: ClientHarness.Sent,
        _ mapped: UDPEndpoint
    ) -> [UInt8] {
        var advertisement = ClientHarness.Advertisement(answering: solicitation, mapped: mapped)
        advertisement.advertisement = RouterAdvertisement(
            source: TeredoLinkLocal.server(server),
            destination: advertisement.advertisement.destination,
            server: server
        )
        return advertisement.bytes
    }

    private func drops(_ harness: ClientHarness) -> UInt64 {
        harness.client.counters.drops[.invalidAdvertisement] + harness.client.counters.drops[.unexpectedAdvertisement]
    }

    @Test(
        "Two servers under one name: qualified at once, each is known as a server, and the next address is the secondary"
    )
    func twoServers() {
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .milliseconds(100), in: Self.twoServers)
        #expect(harness.client.address?.server == Self.first)
        Self.live(&harness, .seconds(5), in: Self.twoServers)
        #expect(harness.client.natClass == .restricted)
        #expect(harness.client.server == ServerAddresses(primary: Self.first, secondary: Self.first.successor))
        #expect(harness.client.servers.map(\.state) == [.inUse, .standby])
        #expect(harness.client.servers.map(\.addresses.secondary) == [Self.first.successor, Self.second.successor])
        #expect(harness.client.secondaryMappedEndpoint == ClientHarness.mapped)
        #expect(drops(harness) == 0)
    }

    @Test("Two servers under one name, and the first is dead: qualified with the other within 3 s, and it stays so")
    func firstIsDead() {
        let world = Self.twoServers.filter { $0.value == Self.second }
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(3), in: world)
        #expect(harness.client.address?.server == Self.second)
        let address = harness.client.address
        Self.live(&harness, .seconds(300), in: world)
        #expect(harness.client.address == address)
    }

    @Test(
        "Two servers under one name: one takes over when the other fails, later when they pass on no bubbles",
        arguments: [(true, 8), (false, 24)]
    )
    func takeover(passesBubbles: Bool, seconds: Int) {
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(10), in: Self.twoServers, passesBubbles: passesBubbles)
        #expect(harness.client.address?.server == Self.first)
        let left = Self.twoServers.filter { $0.value == Self.second }
        Self.live(&harness, .seconds(seconds), in: left, passesBubbles: passesBubbles)
        #expect(harness.client.address?.server == Self.second)
        #expect(harness.client.server?.secondary == Self.second.successor)
    }

    @Test("SEC-38: a server in use and another one that both refuse cost the address no sooner than the whole check")
    func bothRefuse() throws {
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(30), in: Self.twoServers)
        try #require(harness.client.servers.map(\.state) == [.inUse, .standby])
        func refuse(_ server: IPv4Address) throws {
            let question = try #require(harness.solicitations.last { $0.to.address == server }, "\(server)")
            let error = ICMPv4Error(.portUnreachable, by: server, about: question.to)
            harness.client.handleICMPError(error, quoting: question.bytes.span, now: harness.now)
            harness.drain()
        }
        harness.forget()
        let limit = harness.now + .seconds(30)
        while harness.solicitations.isEmpty, harness.now < limit { harness.advance(.milliseconds(20)) }
        let address = harness.client.address
        for server in [Self.first, Self.second] { try refuse(server) }
        #expect(harness.client.address == address)
        Self.live(&harness, .seconds(30), in: Self.twoServers)
        #expect(harness.client.address == address, "what is back answers the next question")
    }

    @Test("Two servers under one name show a symmetric NAT as two addresses of one server do")
    func symmetric() {
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(5), in: Self.twoServers) {
            $0.rawValue & 0xFF < 0x80 ? ClientHarness.mapped : Self.otherPort
        }
        #expect(harness.client.natClass == .symmetric)
        #expect(harness.client.address?.server == Self.first)
    }

    @Test("--strict: the other server of a name stands for the secondary address")
    func strict() {
        var harness = Self.client(Self.pair(Self.first, Self.second), isStrict: true)
        Self.live(&harness, .seconds(1), in: Self.twoServers)
        #expect(harness.client.status == .qualified(.restricted))
    }

    @Test(
        "One server's two addresses under one name, in either order: it is one server, and is asked as one",
        arguments: [0, 1]
    )
    func oneServer(order: Int) {
        let world: World =
            order == 0
            ? [Self.first: Self.first, Self.second: Self.first] : [Self.first: Self.second, Self.second: Self.second]
        let owner = order == 0 ? Self.first : Self.second
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(2), in: world)
        #expect(harness.client.address?.server == owner)
        Self.live(&harness, .seconds(8), in: world)
        #expect(harness.client.natClass == .restricted)
        #expect(harness.client.servers.map(\.addresses.primary) == [owner])
        let other = order == 0 ? Self.second : Self.first
        #expect(harness.client.server?.secondary == other)
        harness.forget()
        Self.live(&harness, .seconds(600), in: world)
        #expect(!harness.solicitations.contains { $0.to.address == other }, "it is no server to go to")
        #expect(drops(harness) == 0)
    }

    @Test("Three addresses, two of one server: the third is the other server, and the secondary address is none")
    func three() {
        let world: World = [Self.first: Self.first, Self.second: Self.first, Self.third: Self.third]
        let servers = [Self.first, Self.second, Self.third].map {
            ServerAddresses(primary: $0, secondary: $0.successor)
        }
        var harness = Self.client(servers)
        Self.live(&harness, .seconds(10), in: world)
        #expect(harness.client.servers.map(\.addresses.primary) == [Self.first, Self.third])
        #expect(harness.client.server == ServerAddresses(primary: Self.first, secondary: Self.second))
        #expect(harness.client.natClass == .restricted)
    }

    @Test("V11: an advertisement that names a server which is not listed is no answer")
    func unlisted() {
        var harness = Self.client(Self.pair(Self.first, Self.second))
        Self.live(&harness, .seconds(3), in: [Self.first: Self.third, Self.second: Self.third])
        #expect(harness.client.address == nil)
        #expect(drops(harness) > 0)
    }

    @Test("A name that has another address while the one before does not answer: the new one is asked within 2 s")
    func moved() {
        var harness = Self.client([ServerAddresses(primary: Self.first, secondary: nil)])
        harness.advance(.seconds(1))
        harness.client.setServers([ServerAddresses(primary: Self.third, secondary: nil)], now: harness.now)
        harness.drain()
        Self.live(&harness, .milliseconds(2500), in: [Self.third: Self.third])
        #expect(harness.client.address?.server == Self.third)
    }
}
