import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TrailerListTests {
    static func parse(_ text: String) throws -> [Trailer] { try TrailerList(parsing: hex(text)).trailers }

    @Test(
        "Worked trailers (RFC 6081 section 4)",
        arguments: [
            (Samples.nonceTrailer, Trailer.nonce(0x1122_3344)),
            (
                Samples.alternateAddressTrailer,
                .alternateAddresses([endpoint("192.168.1.1:4096"), endpoint("10.0.0.5:4096")])
            ),
            (Samples.solicitationTrailer, .neighborDiscovery(.solicitation)),
            (Samples.advertisementTrailer, .neighborDiscovery(.advertisement)),
            (Samples.randomPortTrailer, .randomPort(50_000)),
        ]
    )
    func workedExample(bytes: [UInt8], trailer: Trailer) throws {
        #expect(encoded(trailer.encode) == bytes)
        #expect(trailer.length == bytes.count)
        #expect(try TrailerList(parsing: bytes).trailers == [trailer])
    }

    @Test("TR-1: trailers are kept in their order")
    func order() throws {
        let bytes = Samples.randomPortTrailer + Samples.nonceTrailer + Samples.advertisementTrailer
        let list = try TrailerList(parsing: bytes)
        #expect(list.trailers == [.randomPort(50_000), .nonce(0x1122_3344), .neighborDiscovery(.advertisement)])
        #expect(list.length == bytes.count)
        #expect(encoded(list.encode) == bytes)
    }

    @Test("A truncated tail ends the walk and keeps what came before")
    func truncation() throws {
        let bytes = Samples.nonceTrailer + Samples.randomPortTrailer
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            let expected: [Trailer] = count < 6 ? [] : [.nonce(0x1122_3344)]
            #expect(try TrailerList(parsing: cut).trailers == expected, "\(count) octets")
        }
    }

    @Test("A truncated alternate address or must-understand trailer is a malformed tail, not a refusal")
    func truncatedRefusals() throws {
        #expect(try Self.parse("010411223344 03 0e 0000") == [.nonce(0x1122_3344)])
        #expect(try Self.parse("010411223344 40 01") == [.nonce(0x1122_3344)])
    }

    @Test("Length 0 is a trailer without value, and the walk goes on")
    func lengthZero() throws {
        #expect(try Self.parse("80 00 0502c350") == [.opaque(type: 0x80, value: []), .randomPort(50_000)])
        #expect(try Self.parse("01 00 0502c350") == [.opaque(type: 1, value: []), .randomPort(50_000)])
    }

    @Test("TR-1: an unknown type with the top bits 01 discards the packet", arguments: [0x40, 0x41, 0x5A, 0x7F])
    func mustUnderstand(type: Int) {
        let bytes = Samples.nonceTrailer + [UInt8(type), 1, 0]
        #expect(Trailer.requiresDiscard(ofUnknown: UInt8(type)))
        #expect(throws: WireError.invalidField(.trailer)) { try TrailerList(parsing: bytes) }
    }

    @Test("TR-1: any other unknown type is skipped", arguments: [0x00, 0x02, 0x06, 0x3F, 0x80, 0xBF, 0xC0, 0xFF])
    func skipped(type: Int) throws {
        let bytes = [UInt8(type), 2, 0xC3, 0x50] + Samples.nonceTrailer
        let list = try TrailerList(parsing: bytes)
        #expect(!Trailer.requiresDiscard(ofUnknown: UInt8(type)))
        #expect(list.trailers == [.opaque(type: UInt8(type), value: [0xC3, 0x50]), .nonce(0x1122_3344)])
        #expect(list.nonce == 0x1122_3344)
        #expect(encoded(list.encode) == bytes)
    }

    @Test(
        "SEC-23: an alternate address trailer of another length than 8, 14, 20 or 26 discards the packet",
        arguments: 0...40
    )
    func alternateLength(length: Int) throws {
        let bytes = [3, UInt8(length)] + [UInt8](repeating: 1, count: length) + Samples.nonceTrailer
        if [8, 14, 20, 26].contains(length) {
            let list = try TrailerList(parsing: bytes)
            #expect(list.trailers.count == 2)
            guard case .alternateAddresses(let endpoints) = list.trailers[0] else {
                Issue.record("not read as alternate addresses")
                return
            }
            #expect(endpoints == Array(repeating: endpoint("1.1.1.1:257"), count: (length - 2) / 6))
        } else {
            #expect(throws: WireError.invalidField(.trailer)) { try TrailerList(parsing: bytes) }
        }
    }

    @Test(
        "Any other known type of a wrong length is ignored",
        arguments: ["01 03 112233", "01 05 1122334455", "04 03 000000", "04 00", "05 01 c3", "05 03 c35000"]
    )
    func wrongLength(text: String) throws {
        let list = try TrailerList(parsing: (hex(text) + Samples.nonceTrailer))
        #expect(list.trailers.count == 2)
        guard case .opaque = list.trailers[0] else {
            Issue.record("read as \(list.trailers[0])")
            return
        }
        #expect(list.nonce == 0x1122_3344)
    }

    @Test("Reserved octets are ignored, unknown discovery types too")
    func reserved() throws {
        #expect(try Self.parse("04 04 01 ff ff ff") == [.neighborDiscovery(.advertisement)])
        #expect(try Self.parse("04 04 02 00 00 00") == [.opaque(type: 4, value: [2, 0, 0, 0])])
        #expect(
            try Self.parse("03 08 ff ff c0 a8 01 01 10 00") == [.alternateAddresses([endpoint("192.168.1.1:4096")])]
        )
    }

    @Test("Nonce 0 stands for none")
    func nonceZero() throws {
        #expect(try TrailerList(parsing: hex("01 04 00 00 00 00")).nonce == nil)
        #expect(TrailerList().nonce == nil)
        #expect(TrailerList([.nonce(0), .nonce(7)]).nonce == 7)
    }

    static let address = ipv6("2001:0:c000:201:1234:efff:39cc:9bf8")

    @Test("The sender trailer is type 0x81 with the 16 octets of an address (docs/trailers.md)")
    func sender() throws {
        let bytes = hex("8110 20010000c00002011234efff39cc9bf8")
        let trailer = Trailer.sender(Self.address)
        #expect(encoded(trailer.encode) == bytes)
        #expect(trailer.type == 0x81 && trailer.length == 18)
        #expect(try TrailerList(parsing: bytes).sender == Self.address)
        #expect(!Trailer.requiresDiscard(ofUnknown: trailer.type))
    }

    @Test("A sender trailer of another length is ignored", arguments: [0, 1, 8, 15, 17, 20])
    func senderLength(length: Int) throws {
        let list = try TrailerList(parsing: [0x81, UInt8(length)] + [UInt8](repeating: 1, count: length))
        #expect(list.sender == nil)
        #expect(list.trailers == [.opaque(type: 0x81, value: [UInt8](repeating: 1, count: length))])
    }

    @Test("The accessors of a list give the first trailer of their kind, and nothing from an empty list")
    func accessors() {
        let (first, second) = (endpoint("192.168.1.1:1"), endpoint("10.0.0.1:2"))
        let list = TrailerList([
            .opaque(type: 0x80, value: []), .randomPort(0), .alternateAddresses([first, second]), .nonce(3),
            .neighborDiscovery(.advertisement), .sender(Self.address), .randomPort(5),
            .alternateAddresses([second]), .nonce(4), .neighborDiscovery(.solicitation), .randomPort(6),
            .sender(ipv6("::1")),
        ])
        #expect(list.nonce == 3)
        #expect(list.alternates == [first, second])
        #expect(list.randomPort == 5)
        #expect(list.neighborDiscovery == .advertisement)
        #expect(list.sender == Self.address)
        let empty = TrailerList()
        #expect(empty.nonce == nil && empty.alternates.isEmpty && empty.randomPort == nil)
        #expect(empty.neighborDiscovery == nil && empty.sender == nil && empty.transit == nil && empty.length == 0)
    }

    @Test("SEC-13: the nonce 0 is none")
    func zeroNonce() {
        #expect(TrailerList([.nonce(0)]).nonce == nil)
        #expect(TrailerList([.nonce(0), .nonce(3)]).nonce == 3)
    }

    @Test(
        "TR-1, SEC-37: a whole trailer of an unknown type from 0x40 on demands that its bubble goes; one that is cut demands nothing",
        arguments: [
            ([0x40, 0], true), ([0x7F, 1, 9], true), ([0x01, 4, 0, 0, 0, 1, 0x41, 0], true), ([0x41, 1], false),
            ([0x41], false), ([0x80, 3, 0x41, 0], false), ([0x80, 0], false), ([], false),
        ] as [([UInt8], Bool)]
    )
    func demands(bytes: [UInt8], isDemand: Bool) {
        #expect(TrailerList.demandDiscard(in: bytes.span) == isDemand)
    }

    @Test("transit 4.1: a transit relay trailer is of 12 octets: nonce, address, port; of another length it is unknown")
    func transitRelay() throws {
        let relay = UDPEndpoint(IPv4Address(192, 0, 2, 10), 3545)
        let list = TrailerList([.transitRelay(relay, returning: 0x0102_0304)])
        let bytes = [UInt8](capacity: 64) { list.encode(into: &$0) }
        #expect(bytes == [0x85, 10, 1, 2, 3, 4, 192, 0, 2, 10, 0x0d, 0xd9] && bytes.count == list.length)
        let parsed = try TrailerList(parsing: bytes)
        #expect(parsed == list && parsed.transitRelay?.endpoint == relay && parsed.transitRelay?.nonce == 0x0102_0304)
        #expect(try TrailerList(parsing: [0x85, 9] + bytes[2..<11]).transitRelay == nil)
    }
}
