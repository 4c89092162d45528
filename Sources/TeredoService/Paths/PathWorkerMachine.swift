import Synchronization
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// What stands in a worker thread where the driver's thread has the machine: decides about packets on direct paths and
/// hands everything else over.
struct PathWorkerMachine: TunnelMachine {
    private let shared: PathWorkerState
    private var table: PathTable
    private var activity: PathActivity
    private let handover: Handover
    private var rules: PathRules?
    private var planVersion: UInt64 = 0
    /// The slot of the last datagram on a path; those that came with it are in the same batch.
    private var lastSlot = 0
    private var traffic = PathTraffic()
    private var handedOver: UInt64 = 0
    /// For each class of addresses, the number of the last item handed over: what follows must not overtake it.
    private var lastHandover = [256 of UInt64](repeating: 0)

    init(_ shared: PathWorkerState) {
        self.shared = shared
        let plan = shared.plan
        table = plan.table
        activity = plan.activity
        handover = shared.handover
    }

    mutating func handleServiceDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if let datagram = try? TeredoDatagram(validating: bytes), let rules, rules.admitsReception(datagram),
            let path = table.find(datagram.header.source), path.receptionEndpoint == source,
            !isBehindHandover(datagram.header.source)
        {
            activity.received(path.slot, octets: datagram.packet.count, at: now)
            lastSlot = path.slot
            traffic.datagramsReceived &+= 1
            traffic.octetsReceived &+= UInt64(bytes.count)
            return .deliver(datagram.packet)
        }
        let sender = bytes.count >= 40 ? bytes.ipv6Address(at: 8) : .unspecified
        handOver(bytes, .datagram(source), concerning: sender)
        return .consumed
    }

    mutating func handleICMPError(_ error: ICMPv4Error, quoting octets: Span<UInt8>, now: ProtocolInstant) {
        handOver(octets, .error(error), concerning: QuotedDatagram(octets).destination ?? .unspecified)
    }

    mutating func recordDeliveries(_ count: Int, octets: Int) {
        traffic.datagramsReceived &+= UInt64(count)
        traffic.octetsReceived &+= UInt64(octets)
        activity.receivedToo(lastSlot, octets: octets)
    }

    mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict {
        if let header = try? IPv6Header(validating: packet), header.packetLength == packet.count,
            let endpoint = endpoint(for: header, longest: packet.count, octets: packet.count, now: now)
        {
            traffic.datagramsSent &+= 1
            traffic.octetsSent &+= UInt64(packet.count)
            return .forward(to: endpoint)
        }
        let destination = packet.count >= 40 ? packet.ipv6Address(at: 24) : .unspecified
        handOver(packet, .packet, concerning: destination)
        return .consumed
    }

    mutating func forwardSegments(
        of superPacket: Span<UInt8>,
        segments: Int,
        longest: Int,
        octets: Int,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        guard let header = try? IPv6Header(validating: superPacket),
            let endpoint = endpoint(for: header, longest: longest, octets: octets, now: now)
        else { return nil }
        traffic.datagramsSent &+= UInt64(segments)
        traffic.octetsSent &+= UInt64(octets)
        return .forward(to: endpoint)
    }

    private mutating func endpoint(
        for header: IPv6Header,
        longest: Int,
        octets: Int,
        now: ProtocolInstant
    ) -> UDPEndpoint? {
        guard let rules, rules.admitsTransmission(header, longest: longest),
            let path = table.find(header.destination), !isBehindHandover(header.destination)
        else { return nil }
        // A silent peer is asked for a sign of life by the machine, which so has to see packets for it.
        let heard = max(path.lastReception, activity.lastReception(path.slot))
        guard now - heard < DirectPath.freshness else { return nil }
        activity.sent(path.slot, octets: octets, at: now)
        return path.endpoint
    }

    /// Whether something of the same address still waits for the machine.
    private func isBehindHandover(_ address: IPv6Address) -> Bool {
        let taken = handover.taken.load(ordering: .acquiring)
        return taken != handedOver && lastHandover[Self.kind(of: address)] > taken
    }

    private mutating func handOver(_ octets: Span<UInt8>, _ kind: Handover.Kind, concerning address: IPv6Address) {
        guard handover.put(octets, kind) else { return }
        handedOver &+= 1
        lastHandover[Self.kind(of: address)] = handedOver
        shared.hasHandover = true
    }

    private static func kind(of address: IPv6Address) -> Int {
        let mixed = (address.high ^ address.low) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 56)
    }

    /// Takes over what the driver changed since the last batch, and tells what was moved.
    mutating func synchronize() {
        shared.publish(traffic)
        let version = shared.planVersion
        guard version != planVersion else { return }
        planVersion = version
        let plan = shared.plan
        table = plan.table
        activity = plan.activity
        rules = plan.rules
    }

    mutating func handleTimeout(now: ProtocolInstant) {}
    mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? { nil }
    mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? { nil }
    var nextTimeout: ProtocolInstant? { nil }
}
