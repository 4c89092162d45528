import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A server with a virtual clock, and the packets that its clients send.
struct ServerHarness {
    struct Outcome {
        let verdict: ServerVerdict
        let bytes: [UInt8]

        /// Where the answer went; `nil` when there was none.
        var target: UDPEndpoint? {
            guard case .reply(_, let endpoint, _) = verdict else { return nil }
            return endpoint
        }
        var socket: ServerSocket? {
            guard case .reply(let socket, _, _) = verdict else { return nil }
            return socket
        }
        var isNative: Bool {
            guard case .forwardNative = verdict else { return false }
            return true
        }
        var dropped: DropReason? {
            guard case .drop(let reason) = verdict else { return nil }
            return reason
        }
        var datagram: TeredoDatagram? { try? TeredoDatagram(validating: bytes) }
        var origin: OriginIndication? { datagram?.origin }
        var advertisement: RouterAdvertisement? {
            guard let datagram else { return nil }
            return try? RouterAdvertisement(validating: Array(bytes[datagram.packet]))
        }
    }

    static let primary = ipv4("192.0.2.1")
    static let secondary = ipv4("192.0.2.2")
    static let other = ipv4("192.0.2.7")
    static let linkLocal = TeredoLinkLocal.server(primary)
    static let native = ipv6("2400:1::9")
    static let relay = endpoint("203.0.113.9:3545")
    static let alice = Packets.peer(ipv4("198.51.100.7"), port: 4096, server: primary)
    static let bob = Packets.peer(ipv4("203.0.113.20"), port: 5000, server: primary)
    static let stranger = Packets.peer(ipv4("203.0.113.30"), port: 6000, server: ipv4("198.51.100.200"))
    static let secret = SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("key".utf8))

    var server: TeredoServer
    var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// A server without effective rate limits unless `change` sets some.
    init(seed: UInt64 = 1, _ change: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(primary: Self.primary, secondary: Self.secondary)
        configuration.otherOwnAddresses = [Self.other]
        let unlimited = RateLimit(rate: 1_000_000, burst: 1_000_000)
        configuration.limits.source = unlimited
        configuration.limits.sourceAddress = unlimited
        configuration.limits.relay = unlimited
        configuration.limits.target = unlimited
        configuration.limits.targetAddress = unlimited
        configuration.limits.solicitation = unlimited
        configuration.limits.native = unlimited
        configuration.limits.echo = unlimited
        configuration.limits.bucketCount = 256
        change(&configuration)
        server = try TeredoServer(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SplitMix64(seed: seed),
            now: now
        )
    }

    @discardableResult
    mutating func receive(
        _ bytes: [UInt8],
        from source: UDPEndpoint = alice.mappedEndpoint,
        on socket: ServerSocket = .primary
    ) -> Outcome {
        var verdict = ServerVerdict.drop(.malformed)
        let answer = [UInt8](capacity: 65_575) { output in
            verdict = server.handleDatagram(bytes.span, from: source, on: socket, now: now, into: &output)
        }
        return Outcome(verdict: verdict, bytes: answer)
    }

    /// A router solicitation as clients send it.
    static func solicitation(coneBit: Bool = false, authentication: AuthenticationEncapsulation? = nil) -> [UInt8] {
        encoded { output in
            authentication?.encode(into: &output)
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: coneBit)).encode(into: &output)
        }
    }

    /// A solicitation with the authentication value that `secret` gives.
    static func secureSolicitation(_ secret: SharedSecret?, nonce: UInt64 = 7) -> [UInt8] {
        let value = SecureQualification.authenticationValue(
            nonce: nonce,
            confirmation: 0,
            origin: nil,
            packet: solicitation().span,
            key: secret?.key ?? [],
            authenticator: HMACSHA1Authenticator()
        )
        return solicitation(
            authentication: AuthenticationEncapsulation(
                clientIdentifier: secret?.clientIdentifier ?? [],
                authenticationValue: value,
                nonce: nonce
            )
        )
    }

    /// An ICMPv6 message with a right checksum and `length` octets of IPv6 payload.
    static func icmpv6(
        type: UInt8 = ICMPv6.echoRequest,
        from source: IPv6Address,
        to destination: IPv6Address,
        length: Int = 24,
        hopLimit: UInt8 = 64
    ) -> [UInt8] {
        var packet = Packets.udp(from: source, to: destination, length: length)
        packet[6] = IPv6Header.NextHeader.icmpv6
        packet[7] = hopLimit
        packet[40] = type
        return ReferenceChecksum.repaired(packet)
    }
}
