package import TeredoSettings
package import TeredoWire

/// For whom a relay works, and what it lets through: part of ``RelayStatus``.
package struct RelayService: Hashable, Sendable, Codable {
    /// The prefixes that are served; empty for all.
    package var servedPrefixes: [IPv6Prefix] = []
    /// The global IPv6 addresses of this host, which a host-specific relay speaks for.
    package var ownAddresses: [IPv6Address] = []
    /// The number of clients that packets are carried for; `nil` without transit.
    package var transitClients: Int?
    /// What may come out of the tunnel to this host.
    package var inbound: InboundStatus
    /// Whether clients reach the IPv6 Internet with this host's own address; `nil` where that cannot be had.
    package var masquerade: Bool?
    /// What is announced; `nil` without a table for it.
    package var announcement: AnnouncementStatus?
    /// How far a relay is that drains; `nil` for one that does not.
    package var drain: DrainStatus?
    /// Whether the kernel forwards IPv6 packets; `nil` where it does not matter.
    package var forwarding: Bool?

    /// The defaults of a role.
    package init(role: Role) {
        inbound = InboundStatus(mode: role == .hostRelay ? .filtered : .open)
    }
}
