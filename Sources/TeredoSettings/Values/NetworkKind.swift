/// What the administrator's list of managed networks says about the network that the host is on, in the words of netsh.
package enum NetworkKind: String, Hashable, Sendable, Codable {
    /// Somebody manages it: Teredo has no business there (RFC 5991 section 4).
    case managed
    /// Nobody does.
    case unmanaged
}
