import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

/// Datagrams that share a message on their way through the kernel arrive as those that do not.
@Suite struct SegmentedDatagramTests {
    /// Two sockets on the loopback interface of a namespace, with its MTU, and what arrived.
    private static func exchange(
        lengths: [Int],
        sending: Set<Offload>,
        receiving: Set<Offload>,
        mtu: Int = 65_536
    ) throws -> (received: [[UInt8]], cut: Int, refused: Int) {
        try NetworkSandbox.run {
            try Netlink.bringUp(interface: 1, mtu: mtu)
            let loopback = IPv4Address(127, 0, 0, 1)
            let sender = try UDPSocket(bind: UDPEndpoint(loopback, 0))
            let receiver = try UDPSocket(bind: UDPEndpoint(loopback, 0))
            let granted = sender.enable(sending)
            _ = receiver.enable(receiving)
            let outgoing = SendBatch()
            outgoing.usesSegmentation = granted.contains(.udpGSO)
            for (number, length) in lengths.enumerated() {
                let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length)
                if outgoing.isFull(forCopyOf: length) { outgoing.flush(to: sender) }
                outgoing.append(copying: payload.span, to: receiver.localEndpoint)
            }
            outgoing.flush(to: sender)
            let incoming = try ReceiveBatch()
            var received: [[UInt8]] = []
            for _ in 0..<2000 where received.count < lengths.count {
                while receiver.receive(into: incoming) {
                    for index in 0..<incoming.count {
                        let octets = incoming.withOctets(index) { $0.copyAll() }
                        let step = max(1, incoming.segmentLength(index))
                        received += stride(from: 0, to: max(1, octets.count), by: step).map {
                            Array(octets[min($0, octets.count)..<min($0 + step, octets.count)])
                        }
                    }
                }
                if received.count < lengths.count { Pause.sleep(.milliseconds(1)) }
            }
            return (received, outgoing.segmentedMessages, outgoing.segmentationRefusals)
        }
    }

    private static let lengths = Array(repeating: 1280, count: 60) + [300, 1280, 1280, 500, 500, 20, 1280]

    @Test(
        "Every combination of UDP_SEGMENT and UDP_GRO delivers the same datagrams in the same order",
        arguments: [[], [Offload.udpGSO]] as [Set<Offload>],
        [[], [Offload.udpGRO]] as [Set<Offload>]
    )
    func combinations(sending: Set<Offload>, receiving: Set<Offload>) throws {
        let outcome = try Self.exchange(lengths: Self.lengths, sending: sending, receiving: receiving)
        #expect(outcome.received.map(\.count) == Self.lengths)
        #expect(outcome.received.enumerated().allSatisfy { $1.allSatisfy { [number = $0] in $0 == UInt8(number) } })
        #expect(outcome.cut == 0 || sending == [.udpGSO])
        #expect(outcome.cut > 0 || sending.isEmpty)
    }

    @Test("Where the kernel does not cut, for a small MTU, the datagrams leave one by one")
    func smallMTU() throws {
        let lengths = Array(repeating: 1280, count: 100)
        let outcome = try Self.exchange(lengths: lengths, sending: [.udpGSO], receiving: [], mtu: 1280)
        #expect(outcome.received.map(\.count) == lengths)
        #expect(outcome.refused > 0)
    }

    @Test("Kernels that mangle segments are left alone", arguments: ["6.18.44", "7.0.0", "7.1.4-rc2", "7.1.5", "8.0"])
    func releases(text: String) {
        #expect(KernelRelease(text).segmentsDatagramsCorrectly == !["7.0.0", "7.1.4-rc2"].contains(text))
    }
}
