import TeredoCrypto
import Testing

@Suite struct SHA1Tests {
    static func digest(_ octets: [UInt8]) -> String {
        var hash = SHA1()
        hash.update(octets.span)
        return hash.finalize().lowercaseHex
    }

    @Test(
        "The examples of FIPS 180-4",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "a49b2446a02c645bf419f995b67091253a04a259"
            ),
        ]
    )
    func examples(message: String, expected: String) {
        #expect(Self.digest(Array(message.utf8)) == expected)
    }

    @Test("A million times the letter a (FIPS 180-4)")
    func million() {
        #expect(
            Self.digest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
        )
    }

    @Test(
        "Where a message is cut into pieces makes no difference",
        arguments: [0, 1, 55, 56, 63, 64, 65, 127, 128, 300]
    )
    func pieces(length: Int) {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var hash = SHA1()
        hash.update(message.span.extracting(..<length))
        hash.update(message.span.extracting(length...))
        #expect(hash.finalize().lowercaseHex == Self.digest(message))
    }
}
