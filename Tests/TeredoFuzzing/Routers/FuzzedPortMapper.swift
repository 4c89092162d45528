import TeredoPortMapping
import TeredoTestSupport
import TeredoWire

/// A port mapper that lives through what an input says: answers of routers and others, time, what the server sees.
struct FuzzedPortMapper {
    typealias Violation = FuzzTarget.Violation

    static let gateway = IPv4Address(192, 168, 1, 1)
    static let client = IPv4Address(192, 168, 1, 5)
    static let port: UInt16 = 40_000
    private static let control = UDPEndpoint(gateway, 5351)
    private static let group = UDPEndpoint(IPv4Address(239, 255, 255, 250), 1900)

    private var tape: InputTape
    private var mapper: PortMapper
    private var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    private var watch = TimeoutWatch()
    /// The last requests of PCP and NAT-PMP.
    private var requests: [[UInt8]] = []
    /// The exchanges under way.
    private var exchanges: [RouterExchange] = []

    init(_ input: [UInt8], _ protocols: Set<MappingProtocol>) {
        tape = InputTape(input)
        var inherited: [MappingRecord] = []
        let service = "urn:schemas-upnp-org:service:WANIPConnection:1"
        let lines = [
            "pcp 192.168.1.1 192.168.1.5 40000 40000 timed 0123456789abcdef01234567",
            "upnp 192.168.1.1 192.168.1.5 40000 40000 permanent 000000000000000000000000 80 /control \(service)",
            "nat-pmp 192.168.1.1 192.168.1.6 40001 40001 timed 000000000000000000000000",
        ]
        let switches = tape.octet()
        for (index, line) in lines.enumerated() where switches >> UInt8(index) & 1 != 0 {
            if let record = MappingRecord(line: line) { inherited.append(record) }
        }
        var generator = SplitMix64(seed: 1)
        mapper = PortMapper(
            gateway: Self.gateway,
            client: Self.client,
            port: Self.port,
            protocols: protocols,
            inherited: inherited,
            generator: &generator
        )
    }

    /// Lives through the whole input.
    mutating func run() throws(Violation) {
        mapper.start(now: now)
        try drain()
        for _ in 0..<Self.stepLimit where !tape.isAtEnd {
            try step()
            try check()
        }
        mapper.remove(now: now)
        try drain()
        try live(.seconds(600))
    }

    private mutating func step() throws(Violation) {
        switch tape.choice(10) {
        case 0, 1: try receive(controlAnswer(), from: Self.control)
        case 2: try receive(tape.octets(Int(tape.octet())), from: tape.flag() ? Self.control : Self.group)
        case 3:
            let source = tape.choice(4) == 0 ? IPv4Address(192, 168, 1, tape.octet()) : Self.gateway
            try receive(searchAnswer(), from: UDPEndpoint(source, tape.flag() ? 1900 : tape.number16()))
        case 4, 5, 6: try answer()
        case 7: try live(.milliseconds(Int(tape.octet()) * 8))
        case 8: try live(.seconds(Int(tape.number16())))
        default:
            switch tape.choice(3) {
            case 0: mapper.observe(nil, now: now)
            case 1: mapper.observe(UDPEndpoint(IPv4Address(198, 51, 100, 7), Self.port), now: now)
            default: mapper.observe(UDPEndpoint(IPv4Address(rawValue: tape.number32()), tape.number16()), now: now)
            }
            try drain()
        }
    }

    private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint) throws(Violation) {
        mapper.handleDatagram(bytes.span, from: source, now: now)
        try drain()
    }

    /// What a router answers to the last request of PCP or NAT-PMP, with changes.
    private mutating func controlAnswer() -> [UInt8] {
        guard !requests.isEmpty else { return [] }
        var bytes = requests[requests.count - 1 - tape.choice(requests.count)]
        let isPCP = bytes.first == 2
        if isPCP {
            bytes[1] = 0x81
            bytes[3] = tape.choice(4) == 0 ? tape.octet() : 0
            bytes[7] = tape.octet()
            bytes.replaceSubrange(56..<60, with: [198, 51, 100, 7])
        } else {
            bytes[1] |= 0x80
            let result: [UInt8] = [0, tape.choice(4) == 0 ? tape.octet() : 0, 0, 0, 1, 2]
            bytes = bytes.prefix(2) + result + (bytes.count == 2 ? [198, 51, 100, 7] : Array(bytes.dropFirst(4)))
        }
        return tape.choice(4) == 0 ? tape.mutated(bytes) : bytes
    }

    private mutating func searchAnswer() -> [UInt8] {
        let places = [
            "http://192.168.1.1/desc.xml", "http://192.168.1.1:5000/a/b.xml?c", "http://[fe80::1]:80/", "/relative",
        ]
        let choice = tape.choice(places.count + 1)
        let place = choice < places.count ? places[choice] : String(decoding: tape.octets(40), as: UTF8.self)
        return Array("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: \(place)\r\n\r\n".utf8)
    }

    /// Answers one of the exchanges under way, or one that was never begun.
    private mutating func answer() throws(Violation) {
        guard !exchanges.isEmpty, tape.choice(16) != 0 else {
            mapper.handleAnswer(tape.octets(40), to: Int(tape.octet()), now: now)
            return try drain()
        }
        let exchange = exchanges.remove(at: tape.choice(exchanges.count))
        let body = reply()
        mapper.handleAnswer(body, to: exchange.identifier, now: now)
        try drain()
    }

    private mutating func reply() -> [UInt8]? {
        let service = "<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>"
        switch tape.choice(11) {
        case 0: return nil
        case 1:
            var services = ""
            for _ in 0...tape.choice(6) {
                services += "<service>\(service)<controlURL>/c\(tape.choice(12))</controlURL></service>"
            }
            return http(200, "<root>\(services)</root>")
        case 2, 3:
            let address = tape.flag() ? "198.51.100.7" : "\(IPv4Address(rawValue: tape.number32()))"
            return http(200, "<r><NewExternalIPAddress>\(address)</NewExternalIPAddress></r>")
        case 4, 5: return http(200, "<AddPortMappingResponse/>")
        case 6:
            let codes = [718, 725, 714, 606, 501, 402, 729, 724]
            return http(500, "<e><errorCode>\(codes[tape.choice(codes.count)])</errorCode></e>")
        case 7: return http(500, "<e><errorCode>\(tape.number16())</errorCode></e>")
        case 8: return http(200, "<e><NewInternalClient>192.168.1.\(tape.choice(8))</NewInternalClient></e>")
        case 9:
            let status = [301, 302, 307, 505, 404, 100, 204][tape.choice(7)]
            let place = ["/other.xml", "http://192.168.1.1:81/x", "../../y", "//h/z"][tape.choice(4)]
            return Array("HTTP/1.1 \(status) X\r\nLocation: \(place)\r\nContent-Length: 0\r\n\r\n".utf8)
        default: return tape.octets(Int(tape.octet()))
        }
    }

    private func http(_ status: Int, _ body: String) -> [UInt8] {
        Array("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    private mutating func live(_ duration: Duration) throws(Violation) {
        let end = now + duration
        while let next = mapper.nextTimeout, next <= end {
            now = max(now, next)
            try Violation.unless(!watch.isStuck(at: now), "the mapper never sleeps again")
            mapper.handleTimeout(now: now)
            try drain()
        }
        now = end
    }

    private mutating func drain() throws(Violation) {
        var count = 0
        while let transmit = mapper.pollTransmit() {
            count += 1
            let places = [Self.control, Self.group, UDPEndpoint(Self.gateway, Self.group.port)]
            try Violation.unless(places.contains(transmit.destination), "a datagram goes to \(transmit.destination)")
            if transmit.destination == Self.control { requests = requests.suffix(3) + [transmit.bytes] }
        }
        while let exchange = mapper.pollExchange() {
            count += 1
            try Violation.unless(
                exchange.destination.address == Self.gateway && exchange.destination.port != 0,
                "a connection goes to \(exchange.destination)"
            )
            let lines = String(decoding: exchange.request, as: UTF8.self).split(separator: "\r\n")
            try Violation.unless(
                lines.first?.split(separator: " ").count == 3,
                "the request line is \(lines.first ?? "empty")"
            )
            exchanges = exchanges.suffix(Self.memory - 1) + [exchange]
        }
        while let event = mapper.pollEvent() {
            if case .mapped(let mapping) = event {
                try Violation.unless(mapping.external.port != 0, "a mapping has no port outside")
            }
        }
        try Violation.unless(count <= 64, "\(count) requests at once")
    }

    private func check() throws(Violation) {
        let records = mapper.records
        try Violation.unless(records.count <= 64, "\(records.count) records")
        for record in records {
            try Violation.unless(MappingRecord(line: record.line) == record, "the record changed: \(record.line)")
        }
        if let next = mapper.nextTimeout, next < now - .seconds(1) { throw Violation("a deadline is past and not met") }
    }

    private static let stepLimit = 300
    private static let memory = 40
}
