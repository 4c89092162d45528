import TeredoWire
import Testing

@testable import TeredoPortMapping

/// How the protocols play together.
struct PortMapperTests {
    private static let seen = UDPEndpoint(ScriptedRouter.external, 40_000)

    @Test("a router that is silent costs under five seconds, is asked again later, and gets few datagrams")
    func silence() {
        var router = ScriptedRouter()
        router.start()
        router.advance(.seconds(5))
        #expect(router.events == [.unmapped(.silent)])
        let count = router.transmits.count
        #expect(count <= 50)
        router.advance(.seconds(294))
        #expect(router.events.count == 1 && router.transmits.count <= count + 16, "PCP and NAT-PMP, slower and slower")
        router.advance(.seconds(10))
        #expect(router.transmits.count > count + 30)
    }

    @Test("no protocol waits for the silence of another one")
    func headStarts() {
        let model = GatewayModel()
        var router = ScriptedRouter()
        router.respond = model.search
        router.serve = model.serve
        router.start()
        router.advance(.seconds(1))
        #expect(router.mapping?.mappingProtocol == .upnp)
        router = ScriptedRouter()
        router.respond = { $0.bytes[0] == 2 ? [] : ScriptedRouter.natPMP($0) }
        router.start()
        router.advance(.seconds(1))
        #expect(router.mapping?.mappingProtocol == .natPMP)
    }

    @Test("a mapping by a way that was given up is removed, and kept until the end when it is the same")
    func lateMapping() throws {
        let model = GatewayModel()
        for isSame in [true, false] {
            var router = ScriptedRouter([.pcp, .upnp])
            router.respond = model.search
            router.serve = model.serve
            router.start()
            router.advance(.seconds(1))
            #expect(router.mapping?.mappingProtocol == .upnp)
            let answer = ScriptedRouter.pcp(router.transmits[0], external: isSame ? nil : 40_001)
            router.receive(try #require(answer.first).0, from: ScriptedRouter.control)
            #expect(router.mapping?.mappingProtocol == .upnp)
            let removals = { (router: ScriptedRouter) in
                router.transmits.filter { $0.bytes.count == 60 && $0.bytes[4..<8].allSatisfy { $0 == 0 } }.count
            }
            #expect(removals(router) == (isSame ? 0 : 1))
            #expect(router.mapper.records.count == (isSame ? 2 : 1))
            router.respond = { ScriptedRouter.pcp($0) }
            router.remove()
            #expect(removals(router) == 1 && router.events.last == .removed && model.table.isEmpty)
        }
    }

    @Test("a mapping that the server does not see is replaced by one that it sees, by whatever protocol")
    func seen() {
        let model = GatewayModel()
        var router = ScriptedRouter()
        router.respond = { transmit in
            ScriptedRouter.pcp(transmit) { $0[56..<60] = [203, 0, 113, 9] } + model.search(transmit)
        }
        router.serve = model.serve
        router.observe(Self.seen)
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping?.mappingProtocol == .upnp && router.mapping?.external == Self.seen)
        #expect(router.transmits.last { $0.bytes.first == 2 }?.bytes[4..<8].allSatisfy { $0 == 0 } == true, "removed")
    }

    @Test("behind two NATs the mapping of the inner one is kept, and nothing else is tried")
    func nested() {
        let model = GatewayModel()
        var router = ScriptedRouter()
        router.respond = { transmit in
            ScriptedRouter.pcp(transmit) { $0[56..<60] = [100, 64, 0, 9] } + model.search(transmit)
        }
        router.serve = model.serve
        router.observe(Self.seen)
        router.start()
        router.advance(.seconds(6))
        #expect(router.mapping?.external == UDPEndpoint(IPv4Address(100, 64, 0, 9), 40_000))
        #expect(router.exchanges.isEmpty && router.events.count == 1)
    }

    @Test("another port outside than inside is fine when the server sees it, and told when it does not, once")
    func otherPort() {
        for (observed, isTold) in [(UDPEndpoint(ScriptedRouter.external, 41_000), false), (Self.seen, true)] {
            var router = ScriptedRouter([.pcp])
            router.respond = { ScriptedRouter.pcp($0, external: 41_000) }
            router.start()
            #expect(router.mapping?.external.port == 41_000)
            router.observe(observed)
            router.observe(nil)
            router.observe(observed)
            #expect(router.events.filter { $0 == .seenElsewhere }.count == (isTold ? 1 : 0))
        }
    }

    @Test("a mapping stays renewed when it had to be made again, because a removal of another one took it along")
    func restoration() throws {
        let model = GatewayModel([.init(delay: .seconds(3))])
        var router = ScriptedRouter()
        router.respond = { transmit in
            transmit.bytes[0] == 2
                ? ScriptedRouter.pcp(transmit) { $0[56..<60] = [203, 0, 113, 9] } : model.search(transmit)
        }
        router.serve = model.serve
        router.observe(Self.seen)
        router.start()
        router.advance(.seconds(20))
        #expect(router.mapping?.external == Self.seen)
        for _ in 0..<30 {
            router.advance(.seconds(600))
            #expect(router.mapping != nil)
        }
        #expect(!router.events.contains { if case .unmapped = $0 { true } else { false } })
    }

    @Test("one failed renewal is no loss: the mapping counts until its time is over, and is tried for again")
    func failedRenewal() {
        for protocols in [[.pcp], [.natPMP]] as [Set<MappingProtocol>] {
            var router = ScriptedRouter(protocols)
            let answer: (RouterDatagram) -> [([UInt8], UDPEndpoint)] = {
                protocols == [.pcp] ? ScriptedRouter.pcp($0) : ScriptedRouter.natPMP($0)
            }
            router.respond = answer
            router.start()
            router.respond = { _ in [] }
            router.advance(.seconds(620))
            #expect(router.mapping != nil && router.events.count == 1)
            router.respond = answer
            router.advance(.seconds(180))
            #expect(router.events.count == 2, "renewed")
            router.respond = { _ in [] }
            router.advance(.seconds(7100))
            #expect(router.mapping != nil && router.events.count == 2)
            router.advance(.seconds(110))
            #expect(router.mapping == nil && router.events.dropFirst(2).first == .unmapped(.silent))
            router.respond = answer
            router.advance(.seconds(310))
            #expect(router.mapping != nil)
        }
    }

    @Test("a refused renewal is no loss either, and another protocol takes over")
    func refusedRenewal() {
        let model = GatewayModel()
        var router = ScriptedRouter([.pcp, .upnp])
        router.respond = { ScriptedRouter.pcp($0) }
        router.start()
        router.respond = { ScriptedRouter.pcp($0, result: 2) + model.search($0) }
        router.serve = model.serve
        router.advance(.seconds(610))
        #expect(router.mapping?.mappingProtocol == .upnp)
        #expect(!router.events.contains { if case .unmapped = $0 { true } else { false } })
    }

    @Test("removal without an answer ends after half a second, and what was not confirmed stays on record")
    func silentRemoval() {
        var router = ScriptedRouter([.pcp])
        router.respond = { ScriptedRouter.pcp($0) }
        router.start()
        router.respond = { _ in [] }
        router.remove()
        #expect(router.events.last != .removed)
        router.advance(.milliseconds(500))
        #expect(router.events.last == .removed && router.mapping == nil)
        #expect(router.mapper.records.count == 1 && router.mapper.nextTimeout == nil)
    }

    @Test("where nothing was mapped nothing is waited for")
    func nothingToRemove() {
        var router = ScriptedRouter()
        router.start()
        #expect(!router.mapper.isRemovalNeeded)
        router.remove()
        #expect(router.events == [.removed])
    }

    @Test("records of what was left survive being written down, and nothing else is taken for one")
    func records() throws {
        let location = HTTPLocation(host: UDPEndpoint(ScriptedRouter.address, 5000), path: "/ctl?a=b")
        let service = try #require(
            GatewayService(type: "urn:schemas-upnp-org:service:WANIPConnection:2", control: location)
        )
        let nonce = try #require(PCPNonce("000102030405060708090aff"))
        for mappingProtocol in MappingProtocol.allCases {
            let record = MappingRecord(
                mappingProtocol: mappingProtocol,
                gateway: ScriptedRouter.address,
                client: ScriptedRouter.client,
                internalPort: 1,
                externalPort: 65_535,
                isPermanent: mappingProtocol == .upnp,
                nonce: nonce,
                service: mappingProtocol == .upnp ? service : nil
            )
            #expect(MappingRecord(line: record.line) == record)
            let words = record.line.split(separator: " ")
            for index in words.indices {
                var fewer = words
                fewer.remove(at: index)
                #expect(MappingRecord(line: fewer.joined(separator: " ")) == nil)
                var other = words
                other[index] = "x"
                #expect(MappingRecord(line: other.joined(separator: " ")) == nil, "\(other)")
            }
        }
        #expect(MappingRecord(line: "") == nil)
        #expect(MappingRecord(line: String(repeating: "a", count: 100_000)) == nil)
    }

    @Test("permanent mappings at other routers are kept in mind, timed ones are not")
    func otherRouters() throws {
        let records = ["permanent", "timed"].compactMap { lease in
            MappingRecord(
                line: "upnp 192.168.9.1 192.168.9.5 41000 41000 \(lease) 000000000000000000000000 80 /c "
                    + "urn:schemas-upnp-org:service:WANIPConnection:1"
            )
        }
        #expect(records.count == 2)
        var router = ScriptedRouter(inherited: records)
        router.start()
        #expect(router.mapper.records == [records[0]] && router.exchanges.isEmpty)
    }
}
