/// The 96 random bits that protect a mapping of PCP (RFC 6887 section 11.1): who does not know them cannot change it.
struct PCPNonce: Hashable, Sendable {
    /// The twelve octets.
    let octets: [UInt8]

    /// Zeros.
    init() { octets = [UInt8](repeating: 0, count: Self.length) }

    /// A random one.
    init(using generator: inout some RandomNumberGenerator) {
        octets = (0..<Self.length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The one in a message; `octets` are twelve.
    init?(octets: [UInt8]) {
        guard octets.count == Self.length else { return nil }
        self.octets = octets
    }

    /// Reads 24 hexadecimal digits.
    init?(_ text: String) {
        let digits = text.utf8.compactMap { $0.digit }
        guard digits.count == 2 * Self.length, text.utf8.count == digits.count else { return nil }
        octets = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// 24 hexadecimal digits.
    var text: String {
        octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static let length = 12
}
