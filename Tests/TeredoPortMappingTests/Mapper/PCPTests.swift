import TeredoWire
import Testing

@testable import TeredoPortMapping

struct PCPTests {
    @Test("UPNP-1, RFC 6887 section 11: asks for the same port, renews with the same nonce, and removes")
    func mapping() throws {
        var router = ScriptedRouter()
        router.respond = { ScriptedRouter.pcp($0) }
        router.start()
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .pcp && mapping.external == UDPEndpoint(ScriptedRouter.external, 40_000))
        #expect(router.transmits.count == 1 && router.transmits[0].bytes.count == 60)
        #expect(Array(router.transmits[0].bytes[40..<44]) == [0x9C, 0x40, 0x9C, 0x40])
        router.advance(.seconds(599))
        #expect(router.transmits.count == 1)
        router.advance(.seconds(1))
        #expect(router.transmits.count == 2)
        #expect(router.transmits[1].bytes[24..<36] == router.transmits[0].bytes[24..<36], "the nonce stays")
        router.remove()
        #expect(router.transmits.last?.bytes[4..<8].allSatisfy { $0 == 0 } == true)
        #expect(router.events.last == .removed && router.mapper.records.isEmpty)
    }

    @Test("RFC 6887 section 8.1.1: the first repeat after 3 s, each pause twice as long, all give or take a tenth")
    func pauses() {
        var firsts: Set<Int64> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            var router = ScriptedRouter([.pcp], seed: seed)
            var instants: [ProtocolInstant] = []
            router.start()
            for _ in 0..<5 {
                instants.append(router.now)
                let count = router.transmits.count
                while router.transmits.count == count { router.advance(.milliseconds(10)) }
            }
            for (index, expected) in [3.0, 6, 12, 24].enumerated() {
                let pause = instants[index + 1] - instants[index]
                #expect(pause > .seconds(expected * 0.9) - .milliseconds(20), "seed \(seed): \(pause)")
                #expect(pause < .seconds(expected * 1.1) + .milliseconds(20), "seed \(seed): \(pause)")
            }
            firsts.insert((instants[1] - instants[0]).wholeNanoseconds)
        }
        #expect(firsts.count > 10, "hosts that start together must not repeat together")
    }

    @Test("RFC 6887 section 11: an answer with another nonce, port, or from somebody else changes nothing")
    func foreignAnswers() {
        var router = ScriptedRouter([.pcp])
        router.respond = { transmit in
            ScriptedRouter.pcp(transmit) { $0[30] ^= 1 } + ScriptedRouter.pcp(transmit) { $0[41] ^= 1 }
                + ScriptedRouter.pcp(transmit).map { ($0.0, UDPEndpoint(IPv4Address(192, 168, 1, 66), 5351)) }
                + ScriptedRouter.pcp(transmit).map { ($0.0, UDPEndpoint(ScriptedRouter.address, 5350)) }
        }
        router.start()
        #expect(router.mapping == nil)
        router.advance(.seconds(5))
        #expect(router.events == [.unmapped(.silent)])
    }

    @Test("RFC 6887 section 8.5: a router that restarted has the mapping again after ten minutes at most")
    func restart() {
        var router = ScriptedRouter([.pcp])
        router.respond = { ScriptedRouter.pcp($0) }
        router.start()
        router.advance(.seconds(600))
        #expect(router.transmits.count == 2 && router.mapping != nil)
        router.respond = { ScriptedRouter.pcp($0, lifetime: 120) }
        router.advance(.seconds(600))
        router.advance(.seconds(60))
        #expect(router.transmits.count == 4, "a short mapping is renewed at half of its time")
    }

    @Test("an answer that takes seconds is taken, also when silence was reported before")
    func slow() throws {
        for delay in [2, 5, 30] {
            var router = ScriptedRouter([.pcp])
            router.start()
            let request = router.transmits[0]
            router.advance(.seconds(delay))
            #expect(router.mapping == nil)
            let (answer, source) = try #require(ScriptedRouter.pcp(request).first)
            router.receive(answer, from: source)
            #expect(router.mapping != nil)
        }
    }

    @Test(
        "a refusal goes to the next protocol at once: by its code, by a header alone, by another version",
        arguments: [
            [2, 0x81, 0, 2] + [UInt8](repeating: 0, count: 20), [2, 0x81, 0, 1], [0, 0x81, 0, 1],
            [0, 0x81, 0, 1] + [UInt8](repeating: 0, count: 56),
        ]
    )
    func refusal(answer: [UInt8]) {
        var router = ScriptedRouter([.pcp, .natPMP])
        router.respond = { transmit in
            transmit.bytes[0] == 2 ? [(answer, ScriptedRouter.control)] : ScriptedRouter.natPMP(transmit)
        }
        router.start()
        #expect(router.mapping?.mappingProtocol == .natPMP)
    }

    @Test(
        "a killed run's mapping of the same port is renewed with its nonce, one of another port is removed with its own"
    )
    func inherited() throws {
        let nonces = [UInt8(1), 2].compactMap { PCPNonce(octets: [UInt8](repeating: $0, count: 12)) }
        let records = zip(nonces, [40_000, 41_000] as [UInt16]).map { nonce, port in
            MappingRecord(
                mappingProtocol: .pcp,
                gateway: ScriptedRouter.address,
                client: ScriptedRouter.client,
                internalPort: port,
                externalPort: port,
                nonce: nonce
            )
        }
        var router = ScriptedRouter([.pcp], inherited: records)
        router.respond = { ScriptedRouter.pcp($0) }
        router.start()
        #expect(router.mapping != nil)
        let removal = try #require(router.transmits.first { $0.bytes[4..<8].allSatisfy { $0 == 0 } })
        #expect(Array(removal.bytes[24..<36]) == nonces[1].octets && Array(removal.bytes[40..<42]) == [0xA0, 0x28])
        let request = try #require(router.transmits.first { !$0.bytes[4..<8].allSatisfy { $0 == 0 } })
        #expect(Array(request.bytes[24..<36]) == nonces[0].octets)
        #expect(router.mapper.records == [records[0]])
        // Without an answer it is asked for again, and stays on record.
        router = ScriptedRouter([.pcp], inherited: [records[1]])
        router.start()
        router.advance(.seconds(60))
        #expect(router.transmits.filter { $0.bytes[4..<8].allSatisfy { $0 == 0 } }.count == 3)
        #expect(router.mapper.records == [records[1]])
    }
}
