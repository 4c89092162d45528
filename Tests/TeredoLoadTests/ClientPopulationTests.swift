import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoLoad

@Suite struct ClientPopulationTests {
    @Test("a client takes 48 octets, and the rest is fixed and below a megabyte")
    func memory() {
        #expect(ClientPopulation.octetsPerClient == 48)
        var model = LoadBench.model(clients: 10)
        let few = ClientPopulation(model, seed: 1, now: ProtocolInstant(nanoseconds: 0))
        model.clients = 100_000
        let many = ClientPopulation(model, seed: 1, now: ProtocolInstant(nanoseconds: 0))
        #expect(few.fixedOctets == many.fixedOctets && many.fixedOctets < 1 << 20)
        #expect(many.records.capacity * ClientPopulation.octetsPerClient < 100_000 * 96)
    }

    @Test(
        "with the machines of server and relay every exchange is answered, and nothing is wrong",
        arguments: [1, 2, 3]
    )
    func sound(seed: UInt64) throws {
        var bench = try LoadBench(LoadBench.model(clients: 200), seed: seed)
        bench.run(.seconds(60))
        let figures = bench.population.figures
        #expect(figures.wrong == 0, "seed \(seed): \(figures)")
        for exchange in Exchange.allCases {
            #expect(figures[exchange].answered > 50, "seed \(seed): \(exchange)")
            #expect(figures[exchange].lost == 0 && figures[exchange].late == 0, "seed \(seed): \(exchange)")
        }
        #expect(bench.dropped.isEmpty, "seed \(seed): \(Set(bench.dropped))")
        #expect(figures.mostOnline > 150 && figures.departures > 50)
        #expect(figures.online == Int(figures.arrivals - figures.departures))
        // Each client that talks to the native host is asked by the relay first.
        #expect(figures.answeredBubbles > 50)
    }

    @Test("the same seed gives the same run, another seed another one")
    func deterministic() throws {
        func figures(_ seed: UInt64) throws -> PopulationFigures {
            var bench = try LoadBench(LoadBench.model(clients: 50), seed: seed)
            bench.run(.seconds(20))
            return bench.population.figures
        }
        #expect(try figures(7) == figures(7))
        #expect(try figures(7) != figures(8))
    }

    @Test("what is lost is repeated and counted as lost, and every exchange is accounted for")
    func losses() throws {
        var bench = try LoadBench(LoadBench.model(clients: 100), seed: 4)
        bench.fault = { $0 % 5 == 0 ? .lost : .none }
        bench.run(.seconds(60))
        let figures = bench.population.figures
        #expect(figures.wrong == 0)
        #expect(figures[.qualification].lost > 10 && figures[.data].lost > 10 && figures[.echoTest].lost > 10)
        #expect(figures.qualified > 50)
        bench.population.close()
        bench.run(.seconds(3))
        let rest = bench.population.figures
        for exchange in Exchange.allCases {
            let one = rest[exchange]
            #expect(one.sent >= one.answered + one.lost + one.abandoned, "\(exchange): \(one)")
            #expect(one.open <= 100, "\(exchange): \(one)")
        }
    }

    @Test("damaged answers are counted as wrong, and do not count as answers")
    func damage() throws {
        var bench = try LoadBench(LoadBench.model(clients: 100), seed: 5)
        bench.fault = { $0 % 10 == 0 ? .damaged : .none }
        bench.run(.seconds(30))
        #expect(bench.population.figures.wrong > 20)
        #expect(bench.population.figures.qualified > 50)
    }

    @Test("answers from strangers, to others, and of old sessions are told apart")
    func strays() throws {
        var bench = try LoadBench(LoadBench.model(clients: 10), seed: 6)
        bench.run(.seconds(10))
        let client = try #require(bench.population.records.firstIndex { $0.state == .qualified })
        let endpoint = bench.population.endpoint(of: client)
        let address = bench.population.address(of: client)
        func packet(_ source: UDPEndpoint, _ target: UDPEndpoint, to destination: IPv6Address) -> [UInt8] {
            [UInt8](capacity: 100) { output in
                IPv4Envelope.encode(from: source, to: target, into: &output) {
                    TeredoBubble(source: LoadBench.native, destination: destination).encode(into: &$0)
                }
            }
        }
        let stranger = UDPEndpoint(IPv4Address(203, 0, 113, 9), 9)
        bench.deliver(packet(stranger, endpoint, to: address))
        #expect(bench.population.figures[.stranger] == 1)
        bench.deliver(packet(LoadBench.relayEndpoint, endpoint, to: LoadBench.native))
        #expect(bench.population.figures[.foreignDestination] == 1)
        bench.deliver(packet(LoadBench.relayEndpoint, endpoint, to: address))
        #expect(bench.population.figures[.plainBubble] == 1)
        let other = UDPEndpoint(endpoint.address, endpoint.port &+ 4)
        bench.deliver(packet(LoadBench.relayEndpoint, other, to: address))
        #expect(bench.population.figures[.nobodyThere] == 1)
        #expect(bench.population.figures.wrong == 2)
    }

    @Test("whatever comes in, nothing traps and nothing counts as an answer", arguments: [11, 12, 13, 14])
    func garbage(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var bench = try LoadBench(LoadBench.model(clients: 20), seed: seed)
        bench.run(.seconds(10))
        let answered = bench.population.figures.sum(\.answered)
        let sources = [
            UDPEndpoint(LoadBench.serverAddress, 3544), UDPEndpoint(LoadBench.secondaryAddress, 3544),
            LoadBench.relayEndpoint,
        ]
        for round in 0..<20_000 {
            let client = Int.random(in: 0..<20, using: &generator)
            let target = bench.population.endpoint(of: client)
            let body = generator.bytes(Int.random(in: 0...120, using: &generator))
            var packet = [UInt8](capacity: 200) { output in
                IPv4Envelope.encode(from: sources[round % 3], to: target, into: &output) { output in
                    switch round % 4 {
                    case 0: output.append(copying: body.span)
                    case 1:
                        OriginIndication(target).encode(into: &output)
                        output.append(0x60)
                        output.append(copying: body.span)
                    case 2:
                        AuthenticationEncapsulation(nonce: generator.next()).encode(into: &output)
                        OriginIndication(target).encode(into: &output)
                        RouterAdvertisement(
                            source: TeredoLinkLocal.server(LoadBench.serverAddress),
                            destination: TeredoLinkLocal.client(coneBit: false),
                            server: LoadBench.serverAddress
                        ).encode(into: &output)
                    default:
                        EchoMessage(
                            kind: .reply,
                            source: LoadBench.native,
                            destination: bench.population.address(of: client),
                            identifier: UInt16.random(in: 0...8, using: &generator),
                            sequenceNumber: UInt16.random(in: 0...3, using: &generator),
                            data: body
                        ).encode(into: &output)
                    }
                }
            }
            if round % 7 == 0, !packet.isEmpty {
                packet[Int.random(in: 0..<packet.count, using: &generator)] ^= UInt8.random(
                    in: 1...255,
                    using: &generator
                )
            }
            if round % 11 == 0 { packet.removeLast(Int.random(in: 0...packet.count, using: &generator)) }
            bench.deliver(packet)
        }
        #expect(bench.population.figures.sum(\.answered) == answered, "seed \(seed)")
        #expect(bench.population.figures.packetsReceived > 20_000)
    }

    @Test("arrivals come at the rate that was asked for, and sessions last as long in the mean")
    func distribution() throws {
        var model = LoadBench.model(clients: 20_000)
        model.clientsPerAddress = 8
        model.arrivalsPerSecond = 1000
        model.session = .seconds(5)
        model.native = nil
        model.bubblesPerMille = 0
        var population = ClientPopulation(model, seed: 9, now: ProtocolInstant(nanoseconds: 0))
        // Nobody answers: sessions begin and end all the same.
        for millisecond in 0..<40_000 {
            let now = ProtocolInstant(nanoseconds: Int64(millisecond) * 1_000_000)
            var isSent = true
            while isSent {
                _ = [UInt8](capacity: 1500) { isSent = population.pollTransmit(now: now, into: &$0) }
            }
        }
        let figures = population.figures
        // Within four standard deviations of a Poisson process: 40,000 and 200 for the arrivals.
        #expect(abs(Int(figures.arrivals) - 40_000) < 800, "\(figures.arrivals)")
        // As many are there as come in the mean time that they stay (Little's law).
        #expect(abs(figures.online - 5000) < 300, "\(figures.online)")
        #expect(figures.lag.longest == .zero)
    }

    @Test("no endpoint belongs to two clients, and each leads back to its client")
    func addresses() {
        var model = LoadBench.model(clients: 5000)
        model.clientsPerAddress = 7
        let plan = AddressPlan(model)
        var seen: Set<UDPEndpoint> = []
        for session in [0, 1, 500, 40_000] as [UInt16] {
            for client in 0..<5000 {
                let endpoint = plan.endpoint(of: client, session: session)
                #expect(model.prefix.contains(endpoint.address) && endpoint.port >= 1024)
                #expect(plan.client(at: endpoint) == client)
                #expect(seen.insert(endpoint).inserted, "\(endpoint)")
            }
        }
        #expect(plan.client(at: LoadBench.relayEndpoint) == nil)
        #expect(plan.client(at: UDPEndpoint(model.prefix.address, 80)) == nil)
    }
}
