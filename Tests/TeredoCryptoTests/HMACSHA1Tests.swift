import TeredoCrypto
import TeredoTestSupport
import Testing

@Suite struct HMACSHA1Tests {
    static func hmac(_ key: [UInt8], _ message: [UInt8]) -> String {
        HMACSHA1Authenticator().hmacSHA1(key: key, message: message).lowercaseHex
    }

    @Test(
        "All vectors of RFC 2202 section 3",
        arguments: [
            ([UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
            ),
            (
                Array(1...25), [UInt8](repeating: 0xCD, count: 50),
                "4c9007f4026250c6bc8414f9bf50c86c2d7235da"
            ),
            (
                [UInt8](repeating: 0x0C, count: 20), Array("Test With Truncation".utf8),
                "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"
            ),
            (
                [UInt8](repeating: 0xAA, count: 80),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
            (
                [UInt8](repeating: 0xAA, count: 80),
                Array("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
                "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"
            ),
        ]
    )
    func vectors(key: [UInt8], message: [UInt8], expected: String) {
        #expect(Self.hmac(key, message) == expected)
    }

    /// Reads a key and a message a line, in hexadecimal behind a dash, and prints the authentication value.
    static let script = """
        import sys, hmac
        for line in sys.stdin:
            key, message = (bytes.fromhex(word[1:]) for word in line.split())
            print(hmac.new(key, message, "sha1").hexdigest())
        """

    @Test("Python's hmac agrees on 10,000 random keys and messages of all lengths up to 199 octets")
    func python() throws {
        guard let python = ExternalTool("python3") else {
            try Test.cancel("python3 is not installed")
        }
        var generator = SplitMix64(seed: 2202)
        let inputs = (0..<10_000).map { number in
            (key: generator.bytes(number / 50), message: generator.bytes(number % 200))
        }
        let lines = inputs.map { "-\($0.key.lowercaseHex) -\($0.message.lowercaseHex)\n" }.joined()
        let outcome = try python.run(["-c", Self.script], input: Array(lines.utf8))
        try #require(outcome.status == 0, "\(outcome.error)")
        let answers = outcome.output.split(separator: "\n").map(String.init)
        try #require(answers.count == inputs.count)
        let disagreements = zip(inputs, answers).filter { Self.hmac($0.key, $0.message) != $1 }
        #expect(disagreements.isEmpty, "first: \(disagreements.first.debugDescription)")
    }
}

extension Sequence<UInt8> {
    /// Two digits for each octet.
    var lowercaseHex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
