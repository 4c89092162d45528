import TeredoTestSupport
import TeredoWire

@testable import TeredoPortMapping

/// A port mapper with virtual time, and a router that answers what the test says, when it says.
struct ScriptedRouter {
    /// The answer to an exchange.
    enum Reply {
        /// None, ever.
        case never
        /// The router refuses the connection.
        case refused
        /// These octets, after some time.
        case octets([UInt8], after: Duration = .zero)

        static func text(_ text: String, after delay: Duration = .zero) -> Self {
            .octets(Array(text.utf8), after: delay)
        }
    }

    static let address = IPv4Address(192, 168, 1, 1)
    static let client = IPv4Address(192, 168, 1, 5)
    static let external = IPv4Address(198, 51, 100, 7)
    static let port: UInt16 = 40_000
    static let control = UDPEndpoint(address, 5351)

    var mapper: PortMapper
    var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    var events: [PortMapper.Event] = []
    var transmits: [RouterDatagram] = []
    var exchanges: [RouterExchange] = []
    var respond: (RouterDatagram) -> [([UInt8], UDPEndpoint)] = { _ in [] }
    var serve: (RouterExchange) -> Reply = { _ in .never }
    private var replies: [(instant: ProtocolInstant, identifier: Int, octets: [UInt8]?)] = []

    init(
        _ protocols: Set<MappingProtocol> = Set(MappingProtocol.allCases),
        client: IPv4Address = Self.client,
        port: UInt16 = Self.port,
        inherited: [MappingRecord] = [],
        seed: UInt64 = 1
    ) {
        var generator = SplitMix64(seed: seed)
        mapper = PortMapper(
            gateway: Self.address,
            client: client,
            port: port,
            protocols: protocols,
            inherited: inherited,
            generator: &generator
        )
    }

    /// A mapper that asks a model by UPnP alone.
    init(
        _ model: GatewayModel,
        client: IPv4Address = Self.client,
        port: UInt16 = Self.port,
        inherited: [MappingRecord] = []
    ) {
        self.init([.upnp], client: client, port: port, inherited: inherited)
        respond = model.search
        serve = model.serve
    }

    var mapping: PortMapping? { mapper.mapping }

    /// The first lines of all requests.
    var requestLines: [String] {
        exchanges.map { String(decoding: $0.request.prefix { $0 != 0x0D }, as: UTF8.self) }
    }

    mutating func start() {
        mapper.start(now: now)
        pump()
    }

    mutating func remove() {
        mapper.remove(now: now)
        pump()
    }

    mutating func observe(_ endpoint: UDPEndpoint?) {
        mapper.observe(endpoint, now: now)
        pump()
    }

    mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) {
        mapper.handleDatagram(bytes.span, from: source, now: now)
        pump()
    }

    mutating func pump() {
        while true {
            if let transmit = mapper.pollTransmit() {
                transmits.append(transmit)
                for (bytes, source) in respond(transmit) { mapper.handleDatagram(bytes.span, from: source, now: now) }
            } else if let exchange = mapper.pollExchange() {
                exchanges.append(exchange)
                switch serve(exchange) {
                case .never: break
                case .refused: replies.append((now, exchange.identifier, nil))
                case .octets(let octets, let delay): replies.append((now + delay, exchange.identifier, octets))
                }
            } else if let event = mapper.pollEvent() {
                events.append(event)
            } else if let index = replies.firstIndex(where: { $0.instant <= now }) {
                let reply = replies.remove(at: index)
                mapper.handleAnswer(reply.octets, to: reply.identifier, now: now)
            } else {
                return
            }
        }
    }

    /// Lets time pass; everything that is due happens at its time.
    mutating func advance(_ duration: Duration) {
        let end = now + duration
        var turns = 0
        while let next = ProtocolInstant.earlier(mapper.nextTimeout, replies.map(\.instant).min()), next <= end {
            turns += 1
            precondition(turns < 100_000, "the mapper does not come to rest")
            now = max(now, next)
            mapper.handleTimeout(now: now)
            pump()
        }
        now = end
    }

    /// A response of PCP to a request; `change` may spoil it.
    static func pcp(
        _ transmit: RouterDatagram,
        result: UInt8 = 0,
        lifetime: UInt32 = 7200,
        external port: UInt16? = nil,
        change: (inout [UInt8]) -> Void = { _ in }
    ) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination == control, transmit.bytes.first == 2 else { return [] }
        var bytes = transmit.bytes
        bytes[1] = 0x81
        bytes[3] = result
        let isRemoval = bytes[4..<8].allSatisfy { $0 == 0 }
        let granted = isRemoval ? 0 : lifetime
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: granted >> UInt32(24 - 8 * index)) }
        if let port, !isRemoval {
            bytes[42] = UInt8(port >> 8)
            bytes[43] = UInt8(port & 0xFF)
        }
        for index in 0..<4 {
            bytes[56 + index] = UInt8(truncatingIfNeeded: external.rawValue >> UInt32(24 - 8 * index))
        }
        change(&bytes)
        return [(bytes, control)]
    }

    /// What a router with NAT-PMP alone answers.
    static func natPMP(_ transmit: RouterDatagram) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination == control else { return [] }
        if transmit.bytes[0] == 2 { return [([0, 0x81, 0, 1, 0, 0, 3, 0xE8], control)] }
        if transmit.bytes.count == 2 { return [([0, 128, 0, 0, 0, 0, 3, 0xE8, 198, 51, 100, 7], control)] }
        return [([0, 129, 0, 0, 0, 0, 3, 0xE8] + transmit.bytes[4..<12], control)]
    }
}
