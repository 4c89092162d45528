public import TeredoWire

/// What an operator can set about a server.
public struct ServerConfiguration: Hashable, Sendable {
    /// The primary address A1: part of the clients' addresses.
    public var primary: IPv4Address
    /// The secondary address A2, by custom A1 + 1; `nil` for a server with one address, whose clients find out less
    /// about their NATs.
    public var secondary: IPv4Address?
    /// Further addresses of this host: nothing from or to them is accepted (SEC-50).
    public var otherOwnAddresses: [IPv4Address] = []
    /// The clients of secure qualification (RFC 4380 section 5.2.2).
    public var secrets: [SharedSecret] = []
    /// Client identifiers whose key is about to be replaced: their confirmation octet is not 0.
    public var expiringIdentifiers: Set<[UInt8]> = []
    /// Whether only clients with a secret are answered.
    public var requiresSecureQualification = false
    /// Whether echo requests to the server's link-local address are answered (rule D2).
    public var answersEcho = true
    /// Whether bubbles to own clients pass when only the IPv4 address of the source matches (rule S7b-t); departs from
    /// RFC 4380 section 5.3.1 for the sake of RFC 6081 clients behind symmetric NATs.
    public var toleratesPortMismatch = false
    /// The transit relay that clients are told of when they ask (docs/transit.md section 4).
    public var announcedTransitRelay: UDPEndpoint?
    /// IPv4 addresses that are not served.
    public var denied = DenyList()
    /// What the server shares with the others of its fleet (docs/fleet.md section 11); `nil` for a random secret of its own.
    public var fleet: FleetKey?
    /// Which IPv4 addresses are global unicast.
    public var filter = GlobalUnicastFilter()
    /// The longest ICMPv6 message that is forwarded, in octets of IPv6 payload (SEC-42).
    public var maximumICMPv6Length = TeredoConstants.maximumForwardedICMPv6Length
    /// The most octets of trailers that a forwarded bubble may carry; those of RFC 6081 need 44 at most, and more would
    /// make the server a carrier of data (SEC-42).
    public var maximumTrailerLength = 64
    /// The MTU to advertise in octets.
    public var mtu = TeredoConstants.mtu
    /// Rate limits.
    public var limits = ServerLimits()

    /// Makes a configuration for two addresses, or for one.
    public init(primary: IPv4Address, secondary: IPv4Address?) {
        self.primary = primary
        self.secondary = secondary
    }
}
