/// Client identifier and shared secret of secure qualification (RFC 4380 section 5.2.2).
public struct SharedSecret: Hashable, Sendable {
    /// The client identifier, 1 to 255 octets.
    public let clientIdentifier: [UInt8]
    /// The secret key; any length but empty.
    public let key: [UInt8]

    /// Makes a secret; `nil` when the identifier is empty or longer than 255 octets or the key is empty.
    public init?(clientIdentifier: [UInt8], key: [UInt8]) {
        guard (1...255).contains(clientIdentifier.count), !key.isEmpty else { return nil }
        self.clientIdentifier = clientIdentifier
        self.key = key
    }
}
