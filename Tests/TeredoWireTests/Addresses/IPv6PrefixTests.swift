import TeredoWire
import Testing

@Suite("IPv6 prefix")
struct IPv6PrefixTests {
    @Test(
        "text is parsed and written back",
        arguments: [
            ("2001::/32", "2001::/32"), ("2001:db8::1", "2001:db8::1/128"), ("2001:db8::1/64", "2001:db8::/64"),
        ]
    )
    func parses(text: String, expected: String) {
        #expect(IPv6Prefix(text)?.description == expected)
    }

    @Test(
        "other text is refused",
        arguments: ["", "2001::/129", "2001::/-1", "2001::/", "2001::/032", "2001::/32/1", "10.0.0.0/8"]
    )
    func refuses(text: String) {
        #expect(IPv6Prefix(text) == nil)
    }

    @Test("contains what shares the leading bits, down to length 0 and up to 128")
    func contains() throws {
        let inside = try #require(IPv6Address("2001:0:c000:201::1"))
        let outside = try #require(IPv6Address("2001:1::1"))
        #expect(IPv6Prefix.teredo.contains(inside))
        #expect(!IPv6Prefix.teredo.contains(outside))
        #expect(IPv6Prefix(inside, length: 0).contains(outside))
        #expect(IPv6Prefix(inside, length: 128).contains(inside))
        #expect(!IPv6Prefix(inside, length: 128).contains(outside))
    }
}
