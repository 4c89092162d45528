import Crypto
public import TeredoProtocol

/// HMAC-SHA1 out of swift-crypto: the default algorithm of RFC 4380 section 5.2.2.
///
/// SHA-1 is called insecure as a plain hash; the protocol prescribes it, and as an HMAC it is not broken.
public struct SwiftCryptoAuthenticator: MessageAuthenticator {
    /// Makes an authenticator; it holds no state.
    public init() {}

    /// The 20 octets of HMAC-SHA1 of `message` under `key`.
    public func hmacSHA1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}
