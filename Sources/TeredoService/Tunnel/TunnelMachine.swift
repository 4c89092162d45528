import TeredoProtocol
import TeredoWire

/// The machines that stand between a TUN interface and a service port: clients and relays.
protocol TunnelMachine {
    mutating func handleServiceDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict
    mutating func handleICMPError(_ error: ICMPv4Error, quoting octets: Span<UInt8>, now: ProtocolInstant)
    mutating func recordDeliveries(_ count: Int, octets: Int)
    mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict
    mutating func forwardSegments(
        of superPacket: Span<UInt8>,
        segments: Int,
        longest: Int,
        octets: Int,
        now: ProtocolInstant
    ) -> TransmissionVerdict?
    /// Prepares for packets of several peers at once.
    func prepare(for peers: Span<IPv6Address>) -> Int
    mutating func handleTimeout(now: ProtocolInstant)
    mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit?
    mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int?
    var nextTimeout: ProtocolInstant? { get }
}

/// The machines whose direct paths worker threads may use.
protocol PathMachine: TunnelMachine {
    var pathRules: PathRules? { get }
    func directPath(to address: IPv6Address, now: ProtocolInstant) -> DirectPath?
    mutating func recordActivity(
        of address: IPv6Address,
        lastReception: ProtocolInstant?,
        lastTransmission: ProtocolInstant?
    )
    mutating func recordOctets(of address: IPv6Address, received: UInt64, sent: UInt64)
}

/// The machines that tell about their peers.
protocol PeerMachine: TunnelMachine {
    var peerCount: Int { get }
    func peerAddresses(limit: Int) -> [IPv6Address]
    func peerSummaries(limit: Int, now: ProtocolInstant) -> [PeerSummary]
    func peerSummary(of address: IPv6Address, now: ProtocolInstant) -> PeerSummary?
    mutating func watchPaths(_ isOn: Bool)
    mutating func pollPathChange(now: ProtocolInstant) -> PeerPathChange?
    var nextPathChange: ProtocolInstant? { get }
}

extension TunnelMachine {
    /// Nothing to prepare: few peers are in the cache anyway.
    func prepare(for peers: Span<IPv6Address>) -> Int { 0 }
}

extension TeredoClient: PathMachine, PeerMachine {
    mutating func handleServiceDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        handleDatagram(bytes, from: source, on: .service, now: now)
    }
}

extension TeredoRelay: PathMachine, PeerMachine {
    mutating func handleServiceDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        handleDatagram(bytes, from: source, now: now)
    }
}
