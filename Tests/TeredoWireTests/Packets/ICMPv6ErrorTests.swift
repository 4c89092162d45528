import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ICMPv6ErrorTests {
    static func packet(
        source: String = "2001:db8::1",
        destination: String = "2001:db8::2",
        nextHeader: UInt8 = 17,
        payload: [UInt8] = [0, 0]
    ) -> [UInt8] {
        encoded { output in
            IPv6Header(
                payloadLength: payload.count,
                nextHeader: nextHeader,
                hopLimit: 64,
                source: ipv6(source),
                destination: ipv6(destination)
            ).encode(into: &output)
            output.append(copying: payload.span)
        }
    }

    @Test(
        "Type, code and parameter (RFC 4443 section 3)",
        arguments: [
            (ICMPv6Error.administrativelyProhibited, "01 01", "00000000"), (.addressUnreachable, "01 03", "00000000"),
            (.packetTooBig(mtu: 1280), "02 00", "00000500"), (.hopLimitExceeded, "03 00", "00000000"),
        ]
    )
    func fields(error: ICMPv6Error, start: String, parameter: String) throws {
        let offending = Self.packet()
        let bytes = encoded { error.encode(about: offending.span, from: ipv6("2001:db8::ff"), into: &$0) }
        #expect(bytes.count == 48 + offending.count)
        #expect(Array(bytes[40..<42]) == hex(start))
        #expect(Array(bytes[44..<48]) == hex(parameter))
        #expect(Array(bytes[48...]) == offending)
        let header = try IPv6Header(validating: bytes)
        #expect(header.source == ipv6("2001:db8::ff"))
        #expect(header.destination == ipv6("2001:db8::1"))
        #expect(header.nextHeader == 58)
        #expect(header.hopLimit == 255)
        #expect(ReferenceChecksum.repaired(bytes) == bytes)
    }

    @Test("An error has at most 1280 octets", arguments: [1231, 1232, 1233, 1280, 9000])
    func longest(length: Int) {
        let offending =
            Self.packet(payload: [UInt8](repeating: 7, count: 0))
            + [UInt8](repeating: 7, count: length - 40)
        let bytes = encoded {
            ICMPv6Error.packetTooBig(mtu: 1280).encode(about: offending.span, from: .allNodes, into: &$0)
        }
        #expect(bytes.count == min(1280, length + 48))
        #expect(Array(bytes[48...]) == Array(offending.prefix(1232)))
        #expect(ReferenceChecksum.repaired(bytes) == bytes)
    }

    @Test(
        "SEC-47: never about errors, redirects, multicast destinations or bad sources",
        arguments: [
            packet(source: "::"), packet(source: "ff02::1"), packet(source: "::1"), packet(source: "::ffff:192.0.2.1"),
            packet(destination: "ff02::1"), packet(destination: "ff0e::1"),
            packet(nextHeader: 58, payload: [1, 0, 0, 0]),
            packet(nextHeader: 58, payload: [2, 0, 0, 0]), packet(nextHeader: 58, payload: [127, 0, 0, 0]),
            packet(nextHeader: 58, payload: [137, 0, 0, 0]), packet(nextHeader: 58, payload: []),
            Array(packet().dropLast()), [],
        ]
    )
    func forbidden(bytes: [UInt8]) {
        #expect(!ICMPv6Error.mayBeSent(about: bytes))
    }

    @Test(
        "SEC-47: about data and informational messages they may be sent",
        arguments: [
            packet(), packet(nextHeader: 6), packet(nextHeader: 58, payload: [128, 0, 0, 0]),
            packet(nextHeader: 58, payload: [129, 0, 0, 0]), packet(nextHeader: 59, payload: []),
        ]
    )
    func allowed(bytes: [UInt8]) {
        #expect(ICMPv6Error.mayBeSent(about: bytes))
    }

    @Test("SEC-05: neighbour discovery is types 133 to 137")
    func neighborDiscovery() {
        let types = (0...255).filter { ICMPv6.isNeighborDiscovery(UInt8($0)) }
        #expect(types == Array(133...137))
        #expect((0...255).filter { ICMPv6.isError(UInt8($0)) } == Array(0...127))
    }
}
