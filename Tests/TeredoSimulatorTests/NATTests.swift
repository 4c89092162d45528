import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// The NATs themselves, against RFC 4787's words.
@Suite struct SimulatedNATTests {
    private static let inside = UDPEndpoint(IPv4Address(192, 168, 1, 2), 5000)
    private static let remotes = [
        UDPEndpoint(IPv4Address(192, 0, 2, 1), 3544), UDPEndpoint(IPv4Address(192, 0, 2, 1), 3545),
        UDPEndpoint(IPv4Address(192, 0, 2, 2), 3544),
    ]
    private static let start = ProtocolInstant(nanoseconds: 0)

    private func nat(_ behavior: NATBehavior) -> SimulatedNAT {
        SimulatedNAT(behavior: behavior, address: IPv4Address(198, 51, 100, 1), generator: SeededGenerator(seed: 3))
    }

    @Test("Mapping: which remote endpoints see the same external endpoint", arguments: NATBehavior.Dependence.allCases)
    func mapping(_ mapping: NATBehavior.Dependence) {
        var nat = nat(NATBehavior(mapping: mapping, filtering: .endpointIndependent, portAssignment: .random))
        let seen = Self.remotes.map { nat.outbound(from: Self.inside, to: $0, now: Self.start) }
        #expect((seen[0] == seen[1]) == (mapping != .addressAndPortDependent))
        #expect((seen[0] == seen[2]) == (mapping == .endpointIndependent))
        #expect(nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start) == seen[0])
    }

    @Test("Filtering: who may answer", arguments: NATBehavior.Dependence.allCases)
    func filtering(_ filtering: NATBehavior.Dependence) {
        var nat = nat(NATBehavior(mapping: .endpointIndependent, filtering: filtering))
        let outside = nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start)
        let admitted = Self.remotes.map { nat.inbound(from: $0, to: outside, now: Self.start) != nil }
        switch filtering {
        case .endpointIndependent: #expect(admitted == [true, true, true])
        case .addressDependent: #expect(admitted == [true, true, false])
        case .addressAndPortDependent: #expect(admitted == [true, false, false])
        }
    }

    @Test("Port assignment: preserved, sequential or random", arguments: NATBehavior.PortAssignment.allCases)
    func ports(_ assignment: NATBehavior.PortAssignment) {
        var nat = nat(
            NATBehavior(
                mapping: .addressAndPortDependent,
                filtering: .addressAndPortDependent,
                portAssignment: assignment
            )
        )
        let ports = Self.remotes.map { nat.outbound(from: Self.inside, to: $0, now: Self.start).port }
        switch assignment {
        case .preserving: #expect(ports[0] == 5000 && Set(ports).count == 3, "only one mapping can have the port")
        case .sequential: #expect(ports[1] == ports[0] + 1 && ports[2] == ports[1] + 1)
        case .random: #expect(Set(ports).count == 3)
        }
    }

    @Test("Filtering: what a filter let in opens nothing when it becomes stricter; only the inside does")
    func stricterFilter() {
        var nat = nat(NATBehavior(mapping: .addressAndPortDependent, filtering: .endpointIndependent))
        let outside = nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start)
        #expect(nat.inbound(from: Self.remotes[2], to: outside, now: Self.start) == Self.inside)
        nat.behavior.filtering = .addressAndPortDependent
        #expect(nat.inbound(from: Self.remotes[2], to: outside, now: Self.start) == nil)
        #expect(nat.inbound(from: Self.remotes[0], to: outside, now: Self.start) == Self.inside)
    }

    @Test("Port preservation gives way when another host holds the port")
    func collision() {
        var nat = nat(NATBehavior(mapping: .endpointIndependent, filtering: .endpointIndependent))
        let first = nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start)
        let other = UDPEndpoint(IPv4Address(192, 168, 1, 3), 5000)
        #expect(first.port == 5000)
        #expect(nat.outbound(from: other, to: Self.remotes[0], now: Self.start).port != 5000)
    }

    @Test(
        "Lifetime: idle mappings end; inbound traffic keeps them only where the NAT says so",
        arguments: [false, true]
    )
    func lifetime(refreshesOnInbound: Bool) {
        var nat = nat(
            NATBehavior(
                mapping: .endpointIndependent,
                filtering: .endpointIndependent,
                lifetime: .seconds(60),
                refreshesOnInbound: refreshesOnInbound
            )
        )
        let outside = nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start)
        #expect(nat.inbound(from: Self.remotes[0], to: outside, now: Self.start + .seconds(50)) != nil)
        #expect(
            (nat.inbound(from: Self.remotes[0], to: outside, now: Self.start + .seconds(100)) != nil)
                == refreshesOnInbound
        )
        #expect(nat.inbound(from: Self.remotes[0], to: outside, now: Self.start + .seconds(200)) == nil)
    }

    @Test("Several addresses: new mappings take turns")
    func addresses() {
        var nat = nat(
            NATBehavior(mapping: .addressAndPortDependent, filtering: .addressAndPortDependent, addressCount: 4)
        )
        let seen = Self.remotes.map { nat.outbound(from: Self.inside, to: $0, now: Self.start).address }
        #expect(Set(seen).count == 3)
    }

    @Test("Rebinding forgets everything")
    func rebinding() {
        var nat = nat(
            NATBehavior(mapping: .endpointIndependent, filtering: .endpointIndependent, portAssignment: .sequential)
        )
        let before = nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start)
        nat.rebind()
        #expect(nat.inbound(from: Self.remotes[0], to: before, now: Self.start) == nil)
        #expect(nat.outbound(from: Self.inside, to: Self.remotes[0], now: Self.start) != before)
    }

    @Test("The class of RFC 4380 follows from mapping and filtering")
    func classes() {
        let classes = NATKind.allCases.map { $0.behavior?.teredoClass }
        #expect(
            classes == [nil, .cone, .restricted, .portRestricted, .portRestricted]
                + Array(repeating: .symmetric, count: 5) + [.restricted, .portRestricted, .symmetric]
        )
    }
}
