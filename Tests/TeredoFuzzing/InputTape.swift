import TeredoWire

/// Makes decisions out of the octets of an input, so that a fuzzer that changes octets changes what happens.
///
/// An input that has ended decides 0 for ever.
struct InputTape {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool { position >= octets.count }

    mutating func octet() -> UInt8 {
        guard position < octets.count else { return 0 }
        defer { position += 1 }
        return octets[position]
    }

    /// A number from 0 to `bound` - 1; `bound` is from 1 to 256.
    mutating func choice(_ bound: Int) -> Int { Int(octet()) % bound }

    mutating func flag() -> Bool { octet() & 1 == 1 }

    mutating func number16() -> UInt16 { UInt16(octet()) << 8 | UInt16(octet()) }

    mutating func number32() -> UInt32 { UInt32(number16()) << 16 | UInt32(number16()) }

    mutating func number64() -> UInt64 { UInt64(number32()) << 32 | UInt64(number32()) }

    /// The next octets, as many as there are of `count`.
    mutating func octets(_ count: Int) -> [UInt8] {
        let end = min(position + count, octets.count)
        defer { position = end }
        return Array(octets[position..<end])
    }

    /// All that is left.
    mutating func rest() -> [UInt8] { octets(octets.count) }
}
