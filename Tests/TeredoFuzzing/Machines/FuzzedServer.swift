import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// A server that lives through what an input says.
struct FuzzedServer {
    typealias Violation = FuzzTarget.Violation

    static let primary = IPv4Address(192, 0, 2, 1)
    static let secondary = IPv4Address(192, 0, 2, 2)

    private var tape: InputTape
    private var server: TeredoServer
    private var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    private let rules = MachineRules(ownAddresses: [primary, secondary])
    private let linkLocal = TeredoLinkLocal.server(primary)
    private let secret: SharedSecret?

    init(_ input: [UInt8]) throws(Violation) {
        tape = InputTape(input)
        let switches = tape.octet()
        var configuration = ServerConfiguration(
            primary: Self.primary,
            secondary: switches & 1 == 0 ? Self.secondary : nil
        )
        secret = SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("key".utf8))
        if switches & 2 != 0, let secret {
            configuration.secrets = [secret]
            configuration.requiresSecureQualification = switches & 4 != 0
            if switches & 8 != 0 { configuration.expiringIdentifiers = [secret.clientIdentifier] }
        }
        configuration.toleratesPortMismatch = switches & 16 != 0
        if switches & 32 != 0 { configuration.announcedTransitRelay = UDPEndpoint(IPv4Address(203, 0, 113, 99), 3545) }
        do throws(ServerConfigurationError) {
            server = try TeredoServer(
                configuration: configuration,
                authenticator: HMACSHA1Authenticator(),
                generator: SplitMix64(seed: 1),
                now: now
            )
        } catch {
            throw Violation("the server cannot be made: \(error)")
        }
    }

    /// Lives through the whole input.
    mutating func run() throws(Violation) {
        for _ in 0..<Self.stepLimit where !tape.isAtEnd { try step() }
    }

    private mutating func step() throws(Violation) {
        switch tape.choice(10) {
        case 0: try receive(solicitation(), from: tape.source(of: tape.peer()))
        case 1: try receive(tape.mutated(solicitation()), from: tape.source(of: tape.peer()))
        case 2, 3:
            let from = tape.peer()
            let to = tape.peer()
            let bubble = tape.bubble(from: from.ipv6, to: to.ipv6, tape.trailers(from, nonces: []))
            try receive(tape.choice(4) == 0 ? tape.mutated(bubble) : bubble, from: tape.source(of: from))
        case 4:
            let from = tape.peer()
            let bubble = tape.bubble(from: from.ipv6, to: linkLocal, tape.trailers(from, nonces: []))
            try receive(bubble, from: tape.source(of: from))
        case 5:
            let from = tape.peer()
            let echo = tape.echo(128, from: from.ipv6, to: tape.flag() ? linkLocal : tape.native())
            try receive(echo, from: tape.source(of: from))
        case 6:
            let source = tape.flag() ? tape.native() : TeredoLinkLocal.server(Self.primary)
            let bubble = tape.bubble(from: source, to: tape.peer().ipv6, tape.trailers(tape.peer(), nonces: []))
            try receive(bubble, from: tape.source(of: tape.peer()))
        case 7: try receive(tape.octets(Int(tape.octet())), from: tape.source(of: tape.peer()))
        case 8:
            let peer = tape.peer()
            try receive(tape.packet(from: peer.ipv6, to: tape.peer().ipv6), from: tape.source(of: peer))
        default: now = now + .milliseconds(Int(tape.number16()))
        }
    }

    private mutating func solicitation() -> [UInt8] {
        let form = tape.choice(4)
        let nonce = tape.number64()
        let source = TeredoLinkLocal.client(coneBit: tape.flag())
        let packet = encoded { RouterSolicitation(source: source).encode(into: &$0) }
        guard form > 0 else { return packet }
        var authentication = AuthenticationEncapsulation(nonce: nonce)
        if form > 1, let secret {
            authentication.clientIdentifier = secret.clientIdentifier
            authentication.authenticationValue = SecureQualification.authenticationValue(
                nonce: nonce,
                confirmation: 0,
                origin: nil,
                packet: packet.span,
                key: secret.key,
                authenticator: HMACSHA1Authenticator()
            )
        }
        return encoded { output in
            authentication.encode(into: &output)
            output.append(octets: packet)
        }
    }

    private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) throws(Violation) {
        var verdict: ServerVerdict = .drop(.malformed)
        let socket: ServerSocket = tape.flag() ? .primary : .secondary
        let output = [UInt8](capacity: 4096) { output in
            verdict = server.handleDatagram(bytes.span, from: source, on: socket, now: now, into: &output)
        }
        switch verdict {
        case .reply(_, let endpoint, let count):
            try rules.checkDestination(endpoint)
            try Violation.unless(count == output.count, "\(count) octets are said to be sent, and \(output.count) are")
            // An advertisement, or what came with origin and source proof added.
            try Violation.unless(count <= bytes.count + 100, "\(bytes.count) octets led to \(count)")
            try Violation.unless((try? TeredoDatagram(validating: output)) != nil, "a reply is malformed")
        case .forwardNative(let count):
            try Violation.unless(count == output.count && count <= bytes.count, "more is forwarded than came")
            guard let header = try? IPv6Header(validating: output) else {
                throw Violation("what is forwarded is no packet")
            }
            try Violation.unless(!header.destination.isTeredo, "a packet to a client goes to the native side")
        case .drop:
            try Violation.unless(output.isEmpty, "something is sent although the datagram is dropped")
        }
    }

    private static let stepLimit = 400
}
