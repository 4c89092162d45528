import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoPortMapping

/// A router for tests: answers what it is set to answer.
private struct Router {
    static let address = IPv4Address(192, 168, 1, 1)
    static let client = IPv4Address(192, 168, 1, 5)
    static let external = IPv4Address(198, 51, 100, 7)
    static let description = """
        HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<?xml version="1.0"?><root><device><serviceList><service>
        <serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><controlURL>/l3</controlURL></service>
        <service><serviceType> urn:schemas-upnp-org:service:WANIPConnection:1 </serviceType>
        <controlURL>/ctl/IPConn</controlURL></service></serviceList></device></root>
        """

    var mapper: PortMapper
    var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    var events: [PortMapper.Event] = []
    var transmits: [PortMapper.Transmit] = []
    var exchanges: [PortMapper.Exchange] = []
    var respond: (PortMapper.Transmit) -> [([UInt8], UDPEndpoint)] = { _ in [] }
    var serve: (PortMapper.Exchange) -> String? = { _ in nil }

    init(_ protocols: Set<MappingProtocol> = Set(MappingProtocol.allCases)) {
        var generator = SplitMix64(seed: 1)
        mapper = PortMapper(
            gateway: Self.address,
            client: Self.client,
            port: 40_000,
            protocols: protocols,
            generator: &generator
        )
    }

    mutating func start() {
        mapper.start(now: now)
        pump()
    }

    mutating func pump() {
        while true {
            if let transmit = mapper.pollTransmit() {
                transmits.append(transmit)
                for (bytes, source) in respond(transmit) { mapper.handleDatagram(bytes.span, from: source, now: now) }
            } else if let exchange = mapper.pollExchange() {
                exchanges.append(exchange)
                let answer = serve(exchange).map { Array($0.utf8) }
                mapper.handleAnswer(answer, to: exchange.identifier, now: now)
            } else if let event = mapper.pollEvent() {
                events.append(event)
            } else {
                return
            }
        }
    }

    mutating func advance(_ duration: Duration) {
        let end = now + duration
        while let next = mapper.nextTimeout, next <= end {
            now = max(now, next)
            mapper.handleTimeout(now: now)
            pump()
        }
        now = end
    }

    static let pmp = UDPEndpoint(address, 5351)

    static func pcp(
        _ transmit: PortMapper.Transmit,
        result: UInt8 = 0,
        lifetime: UInt32 = 7200,
        change: (inout [UInt8]) -> Void = { _ in }
    ) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination == pmp, transmit.bytes.first == 2 else { return [] }
        var bytes = transmit.bytes
        bytes[1] = 0x81
        bytes[3] = result
        let isRemoval = bytes[4..<8].allSatisfy { $0 == 0 }
        let granted = isRemoval ? 0 : lifetime
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: granted >> UInt32(24 - 8 * index)) }
        for index in 0..<4 {
            bytes[56 + index] = UInt8(truncatingIfNeeded: external.rawValue >> UInt32(24 - 8 * index))
        }
        change(&bytes)
        return [(bytes, pmp)]
    }

    static func natPMP(_ transmit: PortMapper.Transmit) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination == pmp else { return [] }
        if transmit.bytes[0] == 2 { return [([0, 0x81, 0, 1, 0, 0, 3, 0xE8], pmp)] }
        if transmit.bytes.count == 2 { return [([0, 128, 0, 0, 0, 0, 3, 0xE8, 198, 51, 100, 7], pmp)] }
        return [([0, 129, 0, 0, 0, 0, 3, 0xE8] + transmit.bytes[4..<12], pmp)]
    }

    static func ssdp(
        _ transmit: PortMapper.Transmit,
        location: String = "http://192.168.1.1:5000/rootDesc.xml"
    ) -> [([UInt8], UDPEndpoint)] {
        guard transmit.destination.port == 1900 else { return [] }
        let text = "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nLocation: \(location)\r\nST: x\r\n\r\n"
        return [(Array(text.utf8), UDPEndpoint(address, 1900))]
    }

    static func upnp(_ exchange: PortMapper.Exchange) -> String? {
        let request = String(decoding: exchange.request, as: UTF8.self)
        if request.hasPrefix("GET /rootDesc.xml ") { return description }
        guard request.hasPrefix("POST /ctl/IPConn ") else { return "HTTP/1.1 404 Not Found\r\n\r\n" }
        if request.firstRange(ofASCII: "GetExternalIPAddress") != nil {
            return
                "HTTP/1.1 200 OK\r\n\r\n<s:Body><u:R><NewExternalIPAddress>198.51.100.7</NewExternalIPAddress></u:R></s:Body>"
        }
        return "HTTP/1.1 200 OK\r\n\r\n<s:Envelope></s:Envelope>"
    }

    var mapping: PortMapping? { mapper.mapping }
}

struct PortMapperTests {
    @Test("UPNP-1, RFC 6887 section 11: PCP comes first, asks for the same port, renews in time, and removes")
    func pcp() throws {
        var router = Router()
        router.respond = { Router.pcp($0) }
        router.start()
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .pcp && mapping.external == UDPEndpoint(Router.external, 40_000))
        #expect(router.transmits.count == 1 && router.transmits[0].bytes.count == 60)
        #expect(Array(router.transmits[0].bytes[40..<44]) == [0x9C, 0x40, 0x9C, 0x40])
        router.advance(.seconds(599))
        #expect(router.transmits.count == 1)
        router.advance(.seconds(1))
        #expect(router.transmits.count == 2)
        #expect(router.transmits[1].bytes[24..<36] == router.transmits[0].bytes[24..<36], "the nonce stays")
        router.mapper.remove(now: router.now)
        router.pump()
        #expect(router.transmits.last?.bytes[4..<8].allSatisfy { $0 == 0 } == true)
        #expect(router.events.last == .removed)
    }

    @Test("RFC 6887 section 11: an answer with another nonce, port, or from somebody else changes nothing")
    func foreignAnswers() {
        var router = Router([.pcp])
        router.respond = { transmit in
            Router.pcp(transmit) { $0[30] ^= 1 } + Router.pcp(transmit) { $0[41] ^= 1 }
                + Router.pcp(transmit).map { ($0.0, UDPEndpoint(IPv4Address(192, 168, 1, 66), 5351)) }
                + Router.pcp(transmit).map { ($0.0, UDPEndpoint(Router.address, 5350)) }
        }
        router.start()
        #expect(router.mapping == nil)
        router.advance(.seconds(2))
        #expect(router.events.count == 1, "unmapped")
    }

    @Test("RFC 6887 section 8.5: a router that restarted has the mapping again after ten minutes at most")
    func restart() {
        var router = Router([.pcp])
        router.respond = { Router.pcp($0) }
        router.start()
        router.advance(.seconds(600))
        #expect(router.transmits.count == 2 && router.mapping != nil)
        router.respond = { Router.pcp($0, lifetime: 120) }
        router.advance(.seconds(600))
        router.advance(.seconds(60))
        #expect(router.transmits.count == 4, "a short mapping is renewed at half of its time")
    }

    @Test("RFC 6886: a router without PCP is asked by NAT-PMP at once")
    func natPMP() throws {
        var router = Router()
        router.respond = { Router.natPMP($0) }
        router.start()
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .natPMP && mapping.external == UDPEndpoint(Router.external, 40_000))
        #expect(mapping.lifetime == .seconds(7200))
        router.mapper.remove(now: router.now)
        router.pump()
        #expect(router.transmits.last?.bytes == [0, 1, 0, 0, 0x9C, 0x40, 0, 0, 0, 0, 0, 0])
    }

    @Test(
        "UPnP comes last: search, description, AddPortMapping with the same port, GetExternalIPAddress; deleted at the end"
    )
    func upnp() throws {
        var router = Router()
        router.respond = { Router.ssdp($0) }
        router.serve = Router.upnp
        router.start()
        router.advance(.seconds(2))
        let mapping = try #require(router.mapping)
        #expect(mapping.mappingProtocol == .upnp && mapping.external == UDPEndpoint(Router.external, 40_000))
        let requests = router.exchanges.map { String(decoding: $0.request, as: UTF8.self) }
        #expect(requests.count == 3)
        for part in [
            "<NewExternalPort>40000</NewExternalPort>", "<NewInternalPort>40000</NewInternalPort>",
            "<NewInternalClient>192.168.1.5</NewInternalClient>", "<NewProtocol>UDP</NewProtocol>", "TEREDO",
            "SOAPAction: \"urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping\"",
        ] {
            #expect(requests[1].firstRange(ofASCII: part) != nil, "\(part)")
        }
        router.mapper.remove(now: router.now)
        router.pump()
        let last = String(decoding: router.exchanges.last?.request ?? [], as: UTF8.self)
        #expect(last.firstRange(ofASCII: "#DeletePortMapping") != nil)
        #expect(router.events.last == .removed)
    }

    @Test("UPnP error 725: a router that knows permanent mappings only gets one; 718 is a reason to give up")
    func leases() throws {
        for (code, isMapped) in [(725, true), (718, false)] {
            var router = Router([.upnp])
            router.respond = { Router.ssdp($0) }
            router.serve = { exchange in
                let request = String(decoding: exchange.request, as: UTF8.self)
                guard request.firstRange(ofASCII: "<NewLeaseDuration>7200") != nil else { return Router.upnp(exchange) }
                return "HTTP/1.1 500 Error\r\n\r\n<errorCode>\(code)</errorCode>"
            }
            router.start()
            router.advance(.seconds(2))
            #expect((router.mapping != nil) == isMapped)
            if isMapped { #expect(router.mapping?.lifetime == nil) }
        }
    }

    @Test(
        "a description elsewhere than at the router is not fetched",
        arguments: [
            "http://192.168.1.66:5000/rootDesc.xml", "http://203.0.113.9/x", "https://192.168.1.1/x",
            "ftp://192.168.1.1/",
            "http://router.local/x", "http://192.168.1.1:0/x", "http://192.168.1.1:5000/a b",
        ]
    )
    func foreignLocation(location: String) {
        var router = Router([.upnp])
        router.respond = { Router.ssdp($0, location: location) }
        router.start()
        router.advance(.seconds(4))
        #expect(router.exchanges.isEmpty)
    }

    @Test("a control URL at another host is not used")
    func foreignControl() {
        let location = HTTPLocation(host: UDPEndpoint(Router.address, 5000), path: "/dir/root.xml")
        #expect(location.resolve("http://203.0.113.9/ctl") == nil)
        #expect(location.resolve("http://192.168.1.1:49152/ctl")?.host.port == 49_152)
        #expect(location.resolve("/ctl")?.path == "/ctl")
        #expect(location.resolve("ctl")?.path == "/dir/ctl")
    }

    @Test(
        "a router that is silent costs under five seconds, is asked again later, and gets no more than a few datagrams"
    )
    func silence() {
        var router = Router()
        router.start()
        router.advance(.seconds(5))
        #expect(router.events == [.unmapped("the router speaks neither PCP, NAT-PMP nor UPnP")])
        #expect(router.transmits.count <= 16)
        let count = router.transmits.count
        router.advance(.seconds(290))
        #expect(router.transmits.count == count)
        router.advance(.seconds(10))
        #expect(router.transmits.count > count)
    }

    @Test("removal without an answer ends after half a second")
    func silentRemoval() {
        var router = Router([.pcp])
        router.respond = { Router.pcp($0) }
        router.start()
        router.respond = { _ in [] }
        router.mapper.remove(now: router.now)
        router.pump()
        #expect(router.events.last != .removed)
        router.advance(.milliseconds(500))
        #expect(router.events.last == .removed && router.mapping == nil)
    }

    @Test("SEC-37: nothing that a router says crashes the mapper or makes it grow")
    func fuzz() {
        var generator = SplitMix64(seed: 6887)
        let samples: [[UInt8]] = [
            Array(Router.description.utf8),
            Array("HTTP/1.1 200 OK\r\nLocation: http://192.168.1.1:5000/x\r\n\r\n".utf8),
            [0, 129, 0, 0, 0, 0, 3, 0xE8, 0x9C, 0x40, 0x9C, 0x40, 0, 0, 14, 16],
            [2, 0x81] + [UInt8](repeating: 0, count: 58),
            Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>b<\r\nffffffffffffffff\r\n".utf8),
        ]
        for round in 0..<3000 {
            var router = Router()
            router.start()
            if round.isMultiple(of: 2) { router.respond = { Router.ssdp($0) } }
            router.advance(.seconds(round.isMultiple(of: 3) ? 2 : 0))
            for _ in 0..<4 {
                var bytes = samples[Int.random(in: 0..<samples.count, using: &generator)]
                for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                }
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                router.mapper.handleDatagram(bytes.span, from: Router.pmp, now: router.now)
                router.mapper.handleDatagram(bytes.span, from: UDPEndpoint(Router.address, 1900), now: router.now)
                router.mapper.handleAnswer(bytes, to: Int.random(in: 0...3, using: &generator), now: router.now)
                router.pump()
            }
            #expect(router.exchanges.count <= 16)
        }
    }
}
