import TeredoWire

/// The MAP request and response of PCP (RFC 6887 sections 7, 11 and 19 to 24 of its formats), for UDP.
struct PCPMap: Hashable {
    static let length = 60
    static let version: UInt8 = 2
    private static let opcode: UInt8 = 1
    private static let udp: UInt8 = 17

    /// Asks for a mapping; a lifetime of 0 removes it.
    static func request(
        client: IPv4Address,
        nonce: PCPNonce,
        internalPort: UInt16,
        externalPort: UInt16,
        lifetime: UInt32
    ) -> [UInt8] {
        [UInt8](capacity: length) { output in
            output.append(version)
            output.append(opcode)
            output.append(bigEndian: UInt16(0))
            output.append(bigEndian: lifetime)
            output.append(mapped(client))
            output.append(copying: nonce.octets.span)
            output.append(udp)
            for _ in 0..<3 { output.append(0) }
            output.append(bigEndian: internalPort)
            output.append(bigEndian: externalPort)
            output.append(mapped(.unspecified))
        }
    }

    /// The result code; 0 is success.
    let result: UInt8
    let lifetime: UInt32
    let nonce: PCPNonce
    let internalPort: UInt16
    let external: UDPEndpoint?

    /// Reads a response; `nil` for anything else.
    init?(response bytes: Span<UInt8>) {
        guard bytes.count >= Self.length, bytes[0] == Self.version, bytes[1] == Self.opcode | 0x80,
            bytes[36] == Self.udp, let nonce = PCPNonce(octets: bytes.copy(24..<36))
        else { return nil }
        self.nonce = nonce
        result = bytes[3]
        lifetime = bytes.bigEndianUInt32(at: 4)
        internalPort = bytes.bigEndianUInt16(at: 40)
        let address = bytes.ipv6Address(at: 44)
        let isIPv4 = address.high == 0 && address.low >> 32 == 0xFFFF
        external =
            isIPv4
            ? UDPEndpoint(
                IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.low)),
                bytes.bigEndianUInt16(at: 42)
            ) : nil
    }

    /// The result code of a response that consists of a header alone, as some routers send errors; `nil` for anything
    /// else.
    static func headerResult(_ bytes: Span<UInt8>) -> UInt8? {
        guard bytes.count >= 4, bytes.count < length, bytes[0] == version, bytes[1] & 0x80 != 0, bytes[3] != 0 else {
            return nil
        }
        return bytes[3]
    }

    /// An IPv4 address as IPv6 address (RFC 4291 section 2.5.5.2), as PCP writes it.
    private static func mapped(_ address: IPv4Address) -> IPv6Address {
        IPv6Address(high: 0, low: 0xFFFF << 32 | UInt64(address.rawValue))
    }
}
