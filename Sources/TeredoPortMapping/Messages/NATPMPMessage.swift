import TeredoWire

/// The messages of NAT-PMP (RFC 6886 section 3).
enum NATPMPMessage: Hashable {
    /// The external address of the router.
    case externalAddress(result: UInt16, address: IPv4Address)
    /// A UDP mapping.
    case mapping(result: UInt16, internalPort: UInt16, externalPort: UInt16, lifetime: UInt32)
    /// An answer to a request of a version that the router does not know.
    case unsupportedVersion

    /// Asks for the external address.
    static let externalAddressRequest: [UInt8] = [0, 0]

    /// Asks for a UDP mapping; a lifetime of 0 removes it.
    static func mappingRequest(internalPort: UInt16, externalPort: UInt16, lifetime: UInt32) -> [UInt8] {
        [UInt8](capacity: 12) { output in
            output.append(0)
            output.append(1)
            output.append(bigEndian: UInt16(0))
            output.append(bigEndian: internalPort)
            output.append(bigEndian: externalPort)
            output.append(bigEndian: lifetime)
        }
    }

    /// Reads a response; `nil` for anything else.
    init?(response bytes: Span<UInt8>) {
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] & 0x80 != 0 else { return nil }
        let result = bytes.bigEndianUInt16(at: 2)
        // Whatever else such an answer holds: some routers return what they were sent.
        guard result != 1 else {
            self = .unsupportedVersion
            return
        }
        switch (bytes[1], bytes.count) {
        case (128, 12...):
            self = .externalAddress(
                result: result,
                address: IPv4Address(rawValue: bytes.bigEndianUInt32(at: 8))
            )
        case (129, 16...):
            self = .mapping(
                result: result,
                internalPort: bytes.bigEndianUInt16(at: 8),
                externalPort: bytes.bigEndianUInt16(at: 10),
                lifetime: bytes.bigEndianUInt32(at: 12)
            )
        default: return nil
        }
    }
}
