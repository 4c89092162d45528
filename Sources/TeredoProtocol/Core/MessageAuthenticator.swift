/// The keyed hash of secure qualification and of keyed bubbles, behind a protocol so that the machines import no
/// cryptographic library.
public protocol MessageAuthenticator: Sendable {
    /// The 20 octets of HMAC-SHA1 (RFC 2104) of `message` under `key`.
    func hmacSHA1(key: [UInt8], message: [UInt8]) -> [UInt8]
}

extension MessageAuthenticator {
    /// Whether two authentication values are equal, in a time that depends on their length only.
    package func isEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        var difference: UInt8 = 0
        for index in first.indices { difference |= first[index] ^ second[index] }
        return difference == 0
    }
}
