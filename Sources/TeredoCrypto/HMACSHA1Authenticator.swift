public import TeredoProtocol

/// HMAC-SHA1 (RFC 2104) for the machines: the default algorithm of RFC 4380 section 5.2.2.
///
/// This is our own code because a cryptographic library, for this one function, made up most of what a newcomer has to
/// build (see ARCHITECTURE.md). It is held to RFC 2202, to FIPS 180-4 and to Python's `hmac`.
public struct HMACSHA1Authenticator: MessageAuthenticator {
    /// Makes an authenticator; it holds no state.
    public init() {}

    /// The 20 octets of HMAC-SHA1 of `message` under `key`; both may have any length, 0 included.
    public func hmacSHA1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var key = key
        if key.count > SHA1.blockLength {
            var hash = SHA1()
            hash.update(key.span)
            key = hash.finalize()
        }
        let inner = Self.digest(key, pad: 0x36, message)
        return Self.digest(key, pad: 0x5C, inner)
    }

    private static func digest(_ key: [UInt8], pad: UInt8, _ message: [UInt8]) -> [UInt8] {
        var hash = SHA1()
        for octet in key { hash.update(octet ^ pad) }
        for _ in key.count..<SHA1.blockLength { hash.update(pad) }
        hash.update(message.span)
        return hash.finalize()
    }
}
