import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoService

/// What a worker decides without the machine, and what it leaves to it.
@Suite struct PathWorkerMachineTests {
    private static let own = IPv6Address(high: 0x2001_0000_C000_0201, low: 0x0000_63BF_3FFF_FDD2)
    private static let peer = IPv6Address(high: 0x2001_0000_C000_0201, low: 0x0000_63BF_34FF_8EFE)
    private static let endpoint = UDPEndpoint(IPv4Address(203, 0, 113, 1), 40_000)
    private static let start = ProtocolInstant(nanoseconds: 100_000_000_000)

    private struct Bench {
        let state: PathWorkerState
        var machine: PathWorkerMachine

        init() throws {
            var generator = SplitMix64(seed: 1)
            let table = try PathTable(limit: 16, using: &generator)
            state = try PathWorkerState(table: table, countsOctets: true, doorbell: WakeUp())
            machine = PathWorkerMachine(state)
            let client = Self.client
            state.setRules(PathRules(client: client, mtu: 1280))
            machine.synchronize()
        }

        private static var client: IPv6Address { own }

        func install() {
            state.plan.table.set(
                DirectPath(endpoint: endpoint, receptionEndpoint: endpoint, lastReception: start),
                for: peer,
                now: start
            )
        }

        mutating func receive(
            _ bytes: [UInt8],
            from source: UDPEndpoint = endpoint,
            at now: ProtocolInstant = start
        ) -> ReceptionVerdict {
            machine.handleServiceDatagram(bytes.span, from: source, now: now)
        }

        mutating func send(_ packet: [UInt8], at now: ProtocolInstant = start) -> TransmissionVerdict {
            machine.handlePacket(packet.span, now: now)
        }

        /// How much was handed over, confirmed as the driver does.
        func takeHandover() -> Int {
            let count = state.handover.takeAll { _, _ in }
            state.handover.confirm(count)
            return count
        }
    }

    private static func datagram(
        from source: IPv6Address,
        to destination: IPv6Address,
        nextHeader: UInt8 = 17
    ) -> [UInt8] {
        let header = IPv6Header(
            payloadLength: 12,
            nextHeader: nextHeader,
            hopLimit: 64,
            source: source,
            destination: destination
        )
        return [UInt8](capacity: 40) { header.encode(into: &$0) } + [UInt8](repeating: 1, count: 12)
    }

    @Test("R6: data of a peer on its path is delivered; from elsewhere, to others and of other kinds it is handed over")
    func reception() throws {
        var bench = try Bench()
        let good = Self.datagram(from: Self.peer, to: Self.own)
        #expect(bench.receive(good) == .consumed)
        bench.install()
        #expect(bench.takeHandover() == 1)
        #expect(
            bench.receive(good) == .deliver(0..<52)
        )
        let elsewhere = UDPEndpoint(Self.endpoint.address, 40_001)
        let others: [([UInt8], UDPEndpoint)] = [
            (good, elsewhere),
            (Self.datagram(from: Self.peer, to: Self.peer), Self.endpoint),
            (Self.datagram(from: Self.peer, to: Self.own, nextHeader: 58), Self.endpoint),
            (Self.datagram(from: Self.peer, to: Self.own, nextHeader: 43), Self.endpoint),
            (Self.datagram(from: Self.own, to: Self.own), Self.endpoint),
            ([1, 2, 3], Self.endpoint),
        ]
        for (bytes, source) in others {
            #expect(bench.receive(bytes, from: source) == .consumed)
            #expect(bench.takeHandover() == 1)
        }
        bench.machine.synchronize()
        #expect(bench.state.traffic.datagramsReceived == 1 && bench.state.traffic.octetsReceived == 52)
    }

    @Test("T1: packets go to the peer's endpoint while it was heard within 25 s, then the machine is asked")
    func transmission() throws {
        var bench = try Bench()
        bench.install()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        #expect(bench.send(packet) == .forward(to: Self.endpoint))
        let later = Self.start + .seconds(25)
        #expect(bench.send(packet, at: later) == .consumed)
        #expect(bench.takeHandover() == 1)
        // What the worker itself heard counts too.
        let heard = Self.datagram(from: Self.peer, to: Self.own)
        _ = bench.receive(heard, at: later)
        #expect(bench.send(packet, at: later) == .forward(to: Self.endpoint))
        let foreign = Self.datagram(from: Self.peer, to: Self.peer)
        #expect(bench.send(foreign, at: later) == .consumed, "SEC-60: the egress check is the machine's")
    }

    @Test("Nothing overtakes what was handed over before and is not decided yet")
    func order() throws {
        var bench = try Bench()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        #expect(bench.send(packet) == .consumed)
        bench.install()
        #expect(bench.send(packet) == .consumed)
        #expect(bench.takeHandover() == 2)
        #expect(bench.send(packet) == .forward(to: Self.endpoint))
    }

    @Test("Super-packets count as their packets; without a path they are left to be cut")
    func superPackets() throws {
        var bench = try Bench()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        func forward(longest: Int) -> TransmissionVerdict? {
            bench.machine.forwardSegments(
                of: packet.span,
                segments: 10,
                longest: longest,
                octets: 12_000,
                now: Self.start
            )
        }
        #expect(forward(longest: 1200) == nil)
        bench.install()
        #expect(forward(longest: 1281) == nil)
        #expect(forward(longest: 1280) == .forward(to: Self.endpoint))
        bench.machine.synchronize()
        #expect(bench.state.traffic.datagramsSent == 10 && bench.state.traffic.octetsSent == 12_000)
    }

    @Test("Octets of each path are counted both ways, what comes along with a datagram too, unless that is off")
    func octets() throws {
        var bench = try Bench()
        bench.install()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        _ = bench.send(packet)
        _ = bench.machine.forwardSegments(of: packet.span, segments: 10, longest: 1200, octets: 12_000, now: Self.start)
        let datagram = Self.datagram(from: Self.peer, to: Self.own)
        _ = bench.receive(datagram)
        bench.machine.recordDeliveries(3, octets: 150)
        let slot = try #require(bench.state.plan.table.installed[Self.peer]?.slot)
        let octets = OctetCount(received: UInt64(datagram.count + 150), sent: UInt64(packet.count + 12_000))
        #expect(bench.state.activity.octets(slot) == octets)

        let plan = bench.state.plan
        bench.state.setTable(plan.table, try PathActivity(capacity: plan.table.capacity, countsOctets: false))
        bench.machine.synchronize()
        _ = bench.receive(datagram)
        bench.machine.recordDeliveries(3, octets: 150)
        _ = bench.send(packet)
        #expect(bench.state.activity.octets(slot) == OctetCount())
        #expect(bench.state.activity.lastReception(slot) == Self.start)
        #expect(bench.state.activity.lastTransmission(slot) == Self.start)
    }

    @Test("A worker goes on with another table from the next batch on, and notes there what it does")
    func otherTable() throws {
        var bench = try Bench()
        bench.install()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        #expect(bench.send(packet) == .forward(to: Self.endpoint))
        var generator = SplitMix64(seed: 2)
        let table = try PathTable(limit: 500, using: &generator)
        bench.state.setTable(table, try PathActivity(capacity: table.capacity, countsOctets: true))
        bench.machine.synchronize()
        #expect(bench.send(packet) == .consumed, "the path is not in the new table yet")
        #expect(bench.takeHandover() == 1)
        bench.install()
        let later = Self.start + .seconds(1)
        #expect(bench.send(packet, at: later) == .forward(to: Self.endpoint))
        let slot = try #require(table.installed[Self.peer]?.slot)
        #expect(bench.state.activity.lastTransmission(slot) == later)
    }

    @Test("Without rules, while there is no address, everything is handed over")
    func noRules() throws {
        var bench = try Bench()
        bench.install()
        bench.state.setRules(nil)
        bench.machine.synchronize()
        let packet = Self.datagram(from: Self.own, to: Self.peer)
        #expect(bench.send(packet) == .consumed)
    }
}
