import TeredoCrypto
import TeredoProtocol
import TeredoWire

/// A server with a virtual clock.
struct ServerHarness {
    static let primary = IPv4Address(192, 0, 2, 1)
    static let secondary = IPv4Address(192, 0, 2, 2)
    static let sender = UDPEndpoint(IPv4Address(198, 51, 100, 7), 4096)
    static let native = IPv6Address(high: 0x2400_0001_0000_0000, low: 9)

    var server: TeredoServer
    var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    /// The answer to the last datagram.
    var output: [UInt8] = []

    init(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(primary: Self.primary, secondary: Self.secondary)
        configuration.limits.sourceRate = 100_000
        configuration.limits.sourceBurst = 100_000
        configuration.limits.targetRate = 100_000
        configuration.limits.targetBurst = 100_000
        configuration.limits.solicitationRate = 100_000
        configuration.limits.solicitationBurst = 100_000
        configuration.limits.bucketCount = 64
        change(&configuration)
        server = try TeredoServer(
            configuration: configuration,
            authenticator: SwiftCryptoAuthenticator(),
            generator: TestGenerator(seed: 1),
            now: now
        )
    }

    /// A client of this server at `endpoint`.
    static func client(
        at endpoint: UDPEndpoint = sender,
        server: IPv4Address = primary,
        flags: UInt16 = 0x0102
    ) -> IPv6Address {
        TeredoAddress(server: server, flags: TeredoFlags(rawValue: flags), mappedEndpoint: endpoint).ipv6
    }

    static let target = UDPEndpoint(IPv4Address(203, 0, 113, 20), 5000)

    mutating func receive(
        _ bytes: [UInt8],
        from source: UDPEndpoint = sender,
        on socket: ServerSocket = .primary
    ) -> ServerVerdict {
        var verdict = ServerVerdict.drop(.malformed)
        output = [UInt8](capacity: 66_000) { output in
            verdict = server.handleDatagram(bytes.span, from: source, on: socket, now: now, into: &output)
        }
        return verdict
    }

    static func solicitation(
        coneBit: Bool = false,
        nonce: UInt64? = 0x0123_4567_89AB_CDEF,
        secret: SharedSecret? = nil
    ) -> [UInt8] {
        let packet = [UInt8](capacity: 48) { output in
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: coneBit)).encode(into: &output)
        }
        guard let nonce else { return packet }
        var authentication = AuthenticationEncapsulation(nonce: nonce)
        if let secret {
            authentication.clientIdentifier = secret.clientIdentifier
            authentication.authenticationValue = SecureQualification.authenticationValue(
                nonce: nonce,
                confirmation: 0,
                origin: nil,
                packet: packet.span,
                key: secret.key,
                authenticator: SwiftCryptoAuthenticator()
            )
        }
        return [UInt8](capacity: 600) { output in
            authentication.encode(into: &output)
            output.append(copying: packet.span)
        }
    }

    static func echo(
        _ kind: EchoMessage.Kind = .request,
        from source: IPv6Address,
        to destination: IPv6Address,
        length: Int = 16
    ) -> [UInt8] {
        Packets.echo(
            EchoMessage(
                kind: kind,
                source: source,
                destination: destination,
                identifier: 1,
                sequenceNumber: 1,
                data: [UInt8](repeating: 7, count: length)
            )
        )
    }
}
