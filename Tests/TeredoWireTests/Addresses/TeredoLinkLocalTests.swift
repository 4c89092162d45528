import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TeredoLinkLocalTests {
    @Test("Link-local addresses of client and server (RFC 4380 section 5.2.1)")
    func addresses() {
        #expect(TeredoLinkLocal.client(coneBit: false).description == "fe80::ffff:ffff:ffff")
        #expect(TeredoLinkLocal.client(coneBit: true).description == "fe80::8000:ffff:ffff:ffff")
        #expect(TeredoLinkLocal.server(Samples.server).description == "fe80::8000:f227:31b6:89fe")
        #expect(TeredoLinkLocal.coneBit(of: TeredoLinkLocal.server(Samples.server)))
    }

    @Test(
        "The checksum of an empty solicitation follows from its source (RFC 4380 section 5.2.1)",
        arguments: [
            ("fe80::ffff:ffff:ffff", 0x7D37, false), ("fe80::5445:5245:444f", 0x925D, false),
            ("fe80::8000:5445:5245:444f", 0x125D, true),
        ]
    )
    func checksums(source: String, checksum: Int, coneBit: Bool) {
        let solicitation = RouterSolicitation(source: ipv6(source))
        let packet = encoded(solicitation.encode)
        #expect(Int(packet[42]) << 8 | Int(packet[43]) == checksum)
        #expect(solicitation.coneBit == coneBit)
        #expect(TeredoLinkLocal.coneBit(of: ipv6(source)) == coneBit)
    }

    @Test("A keyed bubble source clears the two low bits of its first octet (RFC 4380 section 5.2.1)")
    func keyed() {
        #expect(TeredoLinkLocal.keyed(identifier: .max).description == "fe80::fcff:ffff:ffff:ffff")
        #expect(TeredoLinkLocal.keyed(identifier: 0x0300_0000_0000_0001).description == "fe80::1")
        #expect(TeredoLinkLocal.keyed(identifier: .max).isLinkLocal)
    }
}
