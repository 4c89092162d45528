import TeredoCrypto
import TeredoProtocol
import TeredoWire

/// A relay with a virtual clock whose outputs are kept after every input.
struct RelayHarness {
    static let own = IPv6Address(high: 0x2400_0001_0000_0000, low: 2)
    static let ownIPv4 = IPv4Address(192, 0, 2, 10)
    static let native = IPv6Address(high: 0x2400_0001_0000_0000, low: 9)

    var relay: TeredoRelay
    var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    var sent: [ClientHarness.Sent] = []
    var delivered: [[UInt8]] = []

    init(
        kind: RelayConfiguration.Kind = .router(servedPrefixes: []),
        _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) {
        var configuration = RelayConfiguration(
            kind: kind,
            ownIPv6Addresses: [Self.own],
            ownIPv4Addresses: [Self.ownIPv4]
        )
        change(&configuration)
        relay = TeredoRelay(
            configuration: configuration,
            authenticator: SwiftCryptoAuthenticator(),
            generator: TestGenerator(seed: 2),
            now: now
        )
    }

    /// A relay that `client` answered to.
    static func trusting(_ client: TeredoAddress, _ change: (inout RelayConfiguration) -> Void = { _ in }) -> Self {
        var harness = Self(change)
        harness.transmit(Packets.udp(from: native, to: client.ipv6))
        harness.receive(Packets.bubble(from: client.ipv6, to: own), from: client.mappedEndpoint)
        harness.sent = []
        harness.delivered = []
        return harness
    }

    var bubbles: [ClientHarness.Sent] { sent.filter(\.isBubble) }

    @discardableResult
    mutating func transmit(_ packet: [UInt8]) -> TransmissionVerdict {
        let verdict = relay.handlePacket(packet.span, now: now)
        if case .forward(let endpoint) = verdict {
            sent.append(ClientHarness.Sent(to: endpoint, port: .service, bytes: packet, at: now))
        }
        drain()
        return verdict
    }

    @discardableResult
    mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) -> ReceptionVerdict {
        let verdict = relay.handleDatagram(bytes.span, from: source, now: now)
        if case .deliver(let range) = verdict { delivered.append(Array(bytes[range])) }
        drain()
        return verdict
    }

    mutating func advance(_ duration: Duration) {
        let end = now + duration
        while let next = relay.nextTimeout, next <= end {
            now = max(now, next)
            relay.handleTimeout(now: now)
            drain()
        }
        now = end
    }

    private mutating func drain() {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 66_000) { transmit = relay.pollTransmit(into: &$0) }
            guard let transmit else { break }
            sent.append(ClientHarness.Sent(to: transmit.destination, port: .service, bytes: bytes, at: now))
        }
        while true {
            var count: Int?
            let bytes = [UInt8](capacity: 66_000) { count = relay.pollDelivery(into: &$0) }
            guard count != nil else { break }
            delivered.append(bytes)
        }
    }
}
