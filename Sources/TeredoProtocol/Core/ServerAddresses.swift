public import TeredoWire

/// The two IPv4 addresses of a Teredo server (RFC 4380 section 5.2).
public struct ServerAddresses: Hashable, Sendable {
    /// The primary address: part of the client's Teredo address.
    public var primary: IPv4Address
    /// The secondary address, used to notice a symmetric NAT; `nil` when the server has none.
    public var secondary: IPv4Address?

    /// Makes a pair of addresses.
    public init(primary: IPv4Address, secondary: IPv4Address?) {
        self.primary = primary
        self.secondary = secondary
    }
}
