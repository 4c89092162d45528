import TeredoWire

/// What a malicious node knows: everybody's addresses, as they are public.
struct HostileView: Sendable {
    /// The addresses of the clients.
    var clients: [TeredoAddress] = []
    /// The primary addresses of the servers.
    var servers: [IPv4Address] = []
    /// The endpoints of the relays, those of hosts that are their own relay too.
    var relays: [UDPEndpoint] = []
    /// The native hosts.
    var natives: [IPv6Address] = []

    /// Somebody who has nothing to do with Teredo, and whom malicious nodes want others to send to.
    static let bystander = IPv4Address(198, 51, 100, 99)

    /// Where no datagram may ever go (SEC-34).
    static let forbidden = [
        IPv4Address(127, 0, 0, 1), IPv4Address(0, 1, 2, 3), IPv4Address(224, 0, 0, 1), IPv4Address(240, 0, 0, 1),
        IPv4Address(169, 254, 1, 1), IPv4Address(10, 0, 0, 1), IPv4Address(192, 168, 1, 1),
        IPv4Address(192, 168, 1, 255),
        IPv4Address(172, 16, 0, 1), IPv4Address(100, 64, 0, 1), IPv4Address.broadcast,
    ]
}
