import TeredoProtocol
import TeredoWire

/// The answer of a server to a solicitation, every one from another address.
struct ServerSolicitation: Subject {
    static let summary = "answer a router solicitation, rate limits on"
    private var machine: TeredoServer
    private var now = Packets.start
    private var index = 0
    private let scratch = Scratch()
    private let request = Packets.solicitation(nonce: 0x0123_4567_89AB_CDEF)

    static func server() throws -> TeredoServer {
        let configuration = ServerConfiguration(primary: Packets.server, secondary: Packets.secondary)
        return try TeredoServer(
            configuration: configuration,
            authenticator: StandInAuthenticator(),
            generator: SplitMixGenerator(seed: 1),
            now: Packets.start
        )
    }

    init() throws {
        machine = try Self.server()
        guard try run(1) > 0 else { throw SubjectError("the server does not answer") }
    }

    mutating func run(_ count: Int) throws -> Int {
        let request = request
        var octets = 0
        for _ in 0..<count {
            index += 1
            // One hundred thousand a second, from a million addresses: within every limit but that of the machine.
            now = now + .microseconds(10)
            let source = Packets.client(index % 1_000_000).mappedEndpoint
            let verdict = scratch.fill {
                machine.handleDatagram(request.span, from: source, on: .primary, now: now, into: &$0)
            }
            if case .reply(_, _, let length) = verdict { octets &+= length }
        }
        return octets
    }
}
