import TeredoWire
import Testing

@testable import TeredoService

@Suite struct HandoverTests {
    @Test("What is handed over comes out in order, once")
    func order() {
        let handover = Handover()
        let source = UDPEndpoint(IPv4Address(8, 8, 8, 8), 53)
        let first = handover.put([1, 2, 3].span, .datagram(source))
        let second = handover.put([4].span, .packet)
        #expect(first && second)
        var seen: [String] = []
        let count = handover.takeAll { kind, octets in
            if case .datagram(let from) = kind {
                seen.append("\(from) \(octets.copyAll())")
            } else {
                seen.append("packet \(octets.copyAll())")
            }
        }
        #expect(seen == ["8.8.8.8:53 [1, 2, 3]", "packet [4]"] && count == 2)
        #expect(handover.takeAll { _, _ in } == 0)
    }

    @Test("SEC-32: what waits is bounded, and what is too much is counted")
    func bounded() {
        let handover = Handover()
        var taken = 0
        for _ in 0..<10_000 where handover.put([UInt8](repeating: 0, count: 1280).span, .packet) { taken += 1 }
        #expect(taken <= 4096 && taken * 1280 <= 4 << 20)
        #expect(handover.dropped == UInt64(10_000 - taken))
    }
}
