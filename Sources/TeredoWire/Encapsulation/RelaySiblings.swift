/// What a client asks a relay, and what the relay answers: which other relays may speak for the hosts that it speaks for
/// (docs/fleet.md section 3).
///
/// Nonce, then as many slots of an IPv4 address and a port, not obfuscated. A question has empty slots, so that no answer is longer
/// than the question.
public struct RelaySiblings: Hashable, Sendable {
    /// What ties the answer to its question; never 0.
    public let nonce: UInt64
    /// The siblings that an answer names; empty slots are left out.
    public let endpoints: [UDPEndpoint]
    /// How many slots there are, 0 to ``limit``.
    public let slots: Int

    /// The most siblings that are named.
    public static let limit = 8

    /// A question with room for ``limit`` siblings.
    public init(asking nonce: UInt64) {
        self.nonce = nonce
        endpoints = []
        slots = Self.limit
    }

    /// The answer to a question; what finds no slot in it is left out.
    public init(answering question: RelaySiblings, with siblings: [UDPEndpoint]) {
        nonce = question.nonce
        slots = question.slots
        endpoints = Array(siblings.prefix(slots))
    }

    /// The length of the trailer's value in octets.
    public var length: Int { 8 + 6 * slots }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= 8, (bytes.count - 8).isMultiple(of: 6), (bytes.count - 8) / 6 <= Self.limit,
            bytes.bigEndianUInt64(at: 0) != 0
        else { return nil }
        nonce = bytes.bigEndianUInt64(at: 0)
        slots = (bytes.count - 8) / 6
        endpoints = stride(from: 8, to: bytes.count, by: 6).compactMap { offset in
            let port = bytes.bigEndianUInt16(at: offset + 4)
            return port == 0
                ? nil : UDPEndpoint(IPv4Address(rawValue: bytes.bigEndianUInt32(at: offset)), port)
        }
    }

    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(bigEndian: nonce)
        for slot in 0..<slots {
            output.append(bigEndian: slot < endpoints.count ? endpoints[slot].address.rawValue : 0)
            output.append(bigEndian: slot < endpoints.count ? endpoints[slot].port : 0)
        }
    }
}
