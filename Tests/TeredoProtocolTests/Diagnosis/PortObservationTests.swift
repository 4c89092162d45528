import Testing

@testable import TeredoProtocol

/// How a NAT assigns ports (RFC 4787 section 4.2).
@Suite struct PortObservationTests {
    private static func assignment(_ ports: [(UInt16, UInt16)], others: [UInt16] = []) -> NATReport.PortAssignment? {
        let mappings = ports.map { PortObservation(internalPort: $0.0, externalPort: $0.1) }
        return PortObservation.assignment(of: mappings, others: others)
    }

    @Test("Ports that are kept, but for one that was taken, are preserved")
    func preserved() {
        #expect(Self.assignment([(1, 1)]) == nil)
        #expect(Self.assignment([(1, 1), (2, 2)]) == .preserved)
        #expect(Self.assignment([(1, 1), (2, 2), (3, 900)]) == .preserved)
        #expect(Self.assignment([(1, 1), (2, 900)], others: [700]) == .other)
    }

    @Test("Ports up to 16 apart are a sequence, in whatever order, with the middle step")
    func sequential() {
        #expect(Self.assignment([(1, 5000), (2, 5016)], others: [5032]) == .sequential(step: 16))
        #expect(Self.assignment([(1, 5000), (2, 5016)], others: [5033]) == .other)
        #expect(Self.assignment([(1, 5004), (2, 5000)], others: [5002, 5005]) == .sequential(step: 2))
        #expect(Self.assignment([(1, 5000), (2, 5001)]) == .other, "two may be neighbours by chance")
        #expect(Self.assignment([(1, 5000), (2, 5001)], others: [5001]) == .other)
    }
}
