import TeredoWire
import Testing

@testable import TeredoPortMapping

struct NATPMPTests {
    private static let address: [UInt8] = [0, 128, 0, 0, 0, 0, 3, 0xE8, 198, 51, 100, 7]

    @Test("RFC 6886: a router without PCP is asked by NAT-PMP at once")
    func mapping() throws {
        var router = ScriptedRouter()
        router.respond = { ScriptedRouter.natPMP($0) }
        router.start()
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .natPMP && mapping.external == UDPEndpoint(ScriptedRouter.external, 40_000))
        #expect(mapping.lifetime == .seconds(7200))
        router.remove()
        #expect(router.transmits.last?.bytes == [0, 1, 0, 0, 0x9C, 0x40, 0, 0, 0, 0, 0, 0])
        #expect(router.events.last == .removed)
    }

    @Test("RFC 6886 section 3.1: 250 ms, then twice as long each time, nine times in all")
    func pauses() {
        var router = ScriptedRouter([.natPMP])
        router.start()
        var counts: [Int] = []
        for second in [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75, 63.75] {
            router.advance(.seconds(1 + second) - (router.now - ProtocolInstant(nanoseconds: 0)))
            counts.append(router.transmits.count)
        }
        #expect(counts == [2, 4, 6, 8, 10, 12, 14, 16, 18])
        router.advance(.seconds(150))
        #expect(router.transmits.count == 18)
    }

    @Test("a router that forwards and does not give its address is told to forget it")
    func noAddress() {
        for address in [[0, 128, 0, 3, 0, 0, 3, 0xE8, 0, 0, 0, 0], [0, 128, 0, 0, 0, 0, 3, 0xE8, 0, 0, 0, 0], []]
            as [[UInt8]]
        {
            var router = ScriptedRouter([.natPMP])
            router.respond = { transmit in
                guard transmit.bytes.count == 2 else { return ScriptedRouter.natPMP(transmit) }
                return address.isEmpty ? [] : [(address, ScriptedRouter.control)]
            }
            router.start()
            router.advance(.seconds(70))
            #expect(router.mapping == nil)
            let removals = router.transmits.filter { $0.bytes.suffix(4).allSatisfy { $0 == 0 } && $0.bytes.count == 12 }
            #expect(!removals.isEmpty, "\(address)")
        }
    }

    @Test("an address that comes up while the router is asked counts")
    func lateAddress() {
        var router = ScriptedRouter([.natPMP])
        router.respond = { transmit in
            guard transmit.bytes.count == 2 else { return ScriptedRouter.natPMP(transmit) }
            return [([0, 128, 0, 0, 0, 0, 3, 0xE8, 0, 0, 0, 0], ScriptedRouter.control)]
        }
        router.start()
        #expect(router.mapping == nil)
        router.respond = { ScriptedRouter.natPMP($0) }
        router.advance(.milliseconds(250))
        #expect(router.mapping != nil)
    }

    @Test("a refusal is told with its code")
    func refusal() {
        var router = ScriptedRouter([.natPMP])
        router.respond = { transmit in
            transmit.bytes.count == 2
                ? [(Self.address, ScriptedRouter.control)]
                : [([0, 129, 0, 2, 0, 0, 3, 0xE8] + transmit.bytes[4..<12], ScriptedRouter.control)]
        }
        router.start()
        #expect(router.events == [.unmapped(.refused(.natPMP, code: 2))])
        #expect(
            MappingFailure.refused(.natPMP, code: 2).description == "the router refused NAT-PMP (not authorized, 2)"
        )
    }
}
