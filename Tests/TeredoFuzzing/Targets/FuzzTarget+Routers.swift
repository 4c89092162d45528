import TeredoPortMapping
import TeredoTestSupport
import TeredoWire

extension FuzzTarget {
    /// What routers and other devices of the site say to a port mapper: each protocol by itself, and all with what came before.
    static let routers = [
        FuzzTarget("pcp", longestInput: 800) { input throws(Violation) in
            var mapper = FuzzedPortMapper(input, [.pcp])
            try mapper.run()
        },
        FuzzTarget("nat-pmp", longestInput: 800) { input throws(Violation) in
            var mapper = FuzzedPortMapper(input, [.natPMP])
            try mapper.run()
        },
        FuzzTarget("upnp", longestInput: 1500) { input throws(Violation) in
            var mapper = FuzzedPortMapper(input, [.upnp])
            try mapper.run()
        },
        FuzzTarget("router", longestInput: 1500) { input throws(Violation) in
            var mapper = FuzzedPortMapper(input, Set(MappingProtocol.allCases))
            try mapper.run()
        },
        FuzzTarget("ssdp", longestInput: 5000) { input throws(Violation) in try checkSearchAnswer(input) },
        FuzzTarget("http", longestInput: 70_000) { input throws(Violation) in try checkHTTP(input) },
        FuzzTarget("xml", longestInput: 66_000) { input throws(Violation) in try checkXML(input) },
        FuzzTarget("mapping-record", longestInput: 2100) { input throws(Violation) in
            guard let record = MappingRecord(line: String(decoding: input, as: UTF8.self)) else { return }
            try Violation.unless(MappingRecord(line: record.line) == record, "the record changed: \(record.line)")
        },
    ]

    private static func mapper() -> PortMapper {
        var generator = SplitMix64(seed: 1)
        var mapper = PortMapper(
            gateway: FuzzedPortMapper.gateway,
            client: FuzzedPortMapper.client,
            port: FuzzedPortMapper.port,
            protocols: [.upnp],
            generator: &generator
        )
        mapper.start(now: ProtocolInstant(nanoseconds: 1))
        while mapper.pollTransmit() != nil {}
        return mapper
    }

    private static func checkSearchAnswer(_ input: [UInt8]) throws(Violation) {
        var mapper = mapper()
        let source = UDPEndpoint(FuzzedPortMapper.gateway, 1900)
        mapper.handleDatagram(input.span, from: source, now: ProtocolInstant(nanoseconds: 2))
        guard let exchange = mapper.pollExchange() else { return }
        try checkRequest(exchange)
        try Violation.unless(mapper.pollExchange() == nil, "one answer led to two connections")
    }

    private static func checkRequest(_ exchange: RouterExchange) throws(Violation) {
        try Violation.unless(
            exchange.destination.address == FuzzedPortMapper.gateway,
            "\(exchange.destination) is asked"
        )
        let head = exchange.request.prefix { $0 != 0x0D }
        try Violation.unless(
            head.split(separator: 0x20, omittingEmptySubsequences: false).count == 3,
            "a bent request line"
        )
        try Violation.unless(head.allSatisfy { (0x20...0x7E).contains($0) }, "a request line that is no text")
    }

    /// An answer is the same however it is cut into pieces; the first two octets say how.
    private static func checkHTTP(_ input: [UInt8]) throws(Violation) {
        let octets = Array(input.dropFirst(2))
        var whole = HTTPReader()
        whole.read(octets)
        var pieces = HTTPReader()
        let lengths = input.prefix(2).map { Int($0) + 1 }
        var rest = octets[...]
        var index = 0
        while !rest.isEmpty {
            let piece = rest.prefix(octets.count > 4096 ? 1000 + lengths[index % 2] : lengths[index % 2])
            pieces.read(Array(piece))
            rest = rest.dropFirst(piece.count)
            index += 1
        }
        try Violation.unless(
            pieces.answer == whole.answer && pieces.isAtEnd == whole.isAtEnd,
            "pieces make another answer"
        )
        guard let answer = whole.answer else { return }
        try Violation.unless((200...999).contains(answer.status), "the status is \(answer.status)")
        try Violation.unless(answer.body.count <= HTTPReader.limit, "the body has \(answer.body.count) octets")
    }

    /// A description of a device, and an answer to an action, from the first request to the mapping.
    private static func checkXML(_ input: [UInt8]) throws(Violation) {
        let texts = XMLElements.texts(["errorCode", "NewExternalIPAddress"], in: input)
        for text in texts.compactMap(\.self) {
            try Violation.unless(text.utf8.count <= 3 * 2048, "a text has \(text.utf8.count) octets")
        }
        var mapper = mapper()
        var now = ProtocolInstant(nanoseconds: 2)
        let found = Array("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1/desc.xml\r\n\r\n".utf8)
        mapper.handleDatagram(found.span, from: UDPEndpoint(FuzzedPortMapper.gateway, 1900), now: now)
        let answer = Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + input
        var count = 0
        while let exchange = mapper.pollExchange() {
            count += 1
            try checkRequest(exchange)
            try Violation.unless(count <= 200, "one description leads to requests without end")
            now = now + .milliseconds(1)
            mapper.handleAnswer(answer, to: exchange.identifier, now: now)
        }
    }
}
