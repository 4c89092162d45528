/// Where the parts of an authentication encapsulation lie in received bytes, validated once (RFC 4380 section 5.1.1).
public struct AuthenticationLayout: Hashable, Sendable {
    /// The client identifier, 0 to 255 octets.
    public let clientIdentifier: Range<Int>
    /// The authentication value, 0 to 255 octets.
    public let authenticationValue: Range<Int>

    /// The length of an encapsulation without identifier and value, 13 octets.
    public static let minimumLength = 13

    /// Finds the parts; `bytes` begins with the encapsulation and may go on behind it.
    ///
    /// Fails when the bytes end before the confirmation octet or do not begin with 00 01.
    public init(validating bytes: Span<UInt8>) throws(WireError) {
        guard bytes.count >= Self.minimumLength else {
            throw .truncated(needed: Self.minimumLength, available: bytes.count)
        }
        guard bytes[0] == 0, bytes[1] == 1 else { throw .wrongIndicator }
        let identifierEnd = 4 + Int(bytes[2])
        let valueEnd = identifierEnd + Int(bytes[3])
        guard bytes.count >= valueEnd + 9 else { throw .truncated(needed: valueEnd + 9, available: bytes.count) }
        clientIdentifier = 4..<identifierEnd
        authenticationValue = identifierEnd..<valueEnd
    }

    /// The offset of the 8-octet nonce.
    public var nonceOffset: Int { authenticationValue.upperBound }
    /// The offset of the confirmation octet.
    public var confirmationOffset: Int { nonceOffset + 8 }
    /// The length of the whole encapsulation in octets.
    public var length: Int { nonceOffset + 9 }

    /// The nonce in `bytes`, which must be those that were validated.
    public func nonce(in bytes: Span<UInt8>) -> UInt64 { bytes.bigEndianUInt64(at: nonceOffset) }
    /// The confirmation octet in `bytes`, which must be those that were validated; 0 means the key is still valid.
    public func confirmation(in bytes: Span<UInt8>) -> UInt8 { bytes[confirmationOffset] }
}
