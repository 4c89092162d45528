import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A relay with a virtual clock whose outputs are kept.
struct RelayHarness {
    struct Sent {
        let to: UDPEndpoint
        let bytes: [UInt8]
        let at: Duration
        var timeToLive: UInt8?

        var datagram: TeredoDatagram? { try? TeredoDatagram(validating: bytes) }
        var isBubble: Bool { datagram?.header.isBubble ?? false }
    }

    static let address = ipv4("203.0.113.9")
    static let own = ipv6("2400:1::1")
    static let host = ipv6("2400:1:0:1::9")
    static let client = Packets.peer()
    static let server = UDPEndpoint(client.server, 3544)
    static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    var relay: TeredoRelay
    var now = start
    var sent: [Sent] = []
    var delivered: [[UInt8]] = []
    /// Every change of path that is told, compared with the clients whenever outputs are drained.
    var paths = PathOracle()

    init(
        kind: RelayConfiguration.Kind = .router(servedPrefixes: [IPv6Prefix(ipv6("2400:1::"), length: 32)]),
        seed: UInt64 = 1,
        _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) {
        var configuration = RelayConfiguration(
            kind: kind,
            ownIPv6Addresses: [Self.own],
            ownIPv4Addresses: [Self.address]
        )
        change(&configuration)
        relay = TeredoRelay(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: seed),
            now: now
        )
        relay.watchPaths(true)
    }

    /// A relay that trusts the client; what that took is forgotten.
    static func trusting(_ change: (inout RelayConfiguration) -> Void = { _ in }) -> Self {
        var harness = Self(change)
        harness.transmit(packet())
        harness.answer()
        harness.forget()
        return harness
    }

    var bubbles: [Sent] { sent.filter(\.isBubble) }
    var data: [Sent] { sent.filter { !$0.isBubble } }
    /// The ICMPv6 errors that came back to the IPv6 side, as type and code.
    var errors: [[UInt8]] { delivered.filter { $0[6] == 58 && ICMPv6.isError($0[40]) }.map { [$0[40], $0[41]] } }

    /// A packet from the host to a client.
    static func packet(
        from source: IPv6Address = host,
        to destination: IPv6Address = client.ipv6,
        marker: UInt8 = 0,
        length: Int = 20
    ) -> [UInt8] {
        Packets.udp(from: source, to: destination, marker: marker, length: length)
    }

    mutating func forget() {
        sent = []
        delivered = []
    }

    mutating func drain() {
        while true {
            var transmit: Transmit?
            let bytes = [UInt8](capacity: 1500) { transmit = relay.pollTransmit(into: &$0) }
            guard let transmit else { break }
            sent.append(
                Sent(
                    to: transmit.destination,
                    bytes: bytes,
                    at: now - Self.start,
                    timeToLive: transmit.timeToLive
                )
            )
        }
        while true {
            var count: Int?
            let bytes = [UInt8](capacity: 1500) { count = relay.pollDelivery(into: &$0) }
            guard count != nil else { break }
            delivered.append(bytes)
        }
        if relay.peerCount > Self.oracleLimit { relay.watchPaths(false) }
        guard relay.isWatchingPaths else { return }
        repeat {
            while let change = relay.pollPathChange(now: now) { paths.take(change) }
        } while relay.nextPathChange.map { $0 <= now } ?? false
        paths.compare(relay.peerSummaries(limit: Self.oracleLimit, now: now))
    }

    /// Above, nobody watches any more.
    private static let oracleLimit = 64

    @discardableResult
    mutating func transmit(_ packet: [UInt8]) -> TransmissionVerdict {
        let verdict = relay.handlePacket(packet.span, now: now)
        if case .forward(let endpoint, _) = verdict {
            sent.append(Sent(to: endpoint, bytes: packet, at: now - Self.start))
        }
        drain()
        return verdict
    }

    @discardableResult
    mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint = client.mappedEndpoint) -> ReceptionVerdict {
        let verdict = relay.handleDatagram(bytes.span, from: source, now: now)
        if case .deliver(let range) = verdict { delivered.append(Array(bytes[range])) }
        drain()
        return verdict
    }

    /// The direct bubble of a client that got the last indirect one.
    @discardableResult
    mutating func answer(_ client: TeredoAddress = client, from source: UDPEndpoint? = nil) -> ReceptionVerdict {
        let destination = bubbles.last?.datagram?.header.source ?? Self.own
        return receive(Packets.bubble(from: client.ipv6, to: destination), from: source ?? client.mappedEndpoint)
    }

    /// Lets time pass and handles every timeout on the way.
    mutating func advance(_ duration: Duration) {
        let end = now + duration
        var watch = TimeoutWatch()
        while let next = relay.nextTimeout, next <= end {
            now = max(now, next)
            guard !watch.isStuck(at: now) else {
                _ = Issue.record("the relay never sleeps again")
                return
            }
            relay.handleTimeout(now: now)
            drain()
        }
        now = end
    }
}
