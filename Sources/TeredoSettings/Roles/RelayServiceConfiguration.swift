package import TeredoLinux
package import TeredoProtocol
package import TeredoWire

/// Everything that `teredo relay` and `teredo host-relay` can be told.
package struct RelayServiceConfiguration: Hashable, Sendable {
    /// `relay` or `host-relay`.
    package var role: Role
    /// Address and port to bind; `nil` binds a random port on all addresses.
    package var bind: UDPEndpoint?
    /// The interface, and what moves packets through it.
    package var tunnel = TunnelSettings()
    /// Where the control socket is made.
    package var controlSocketPath: String
    /// The group whose members may use the control socket; `nil` for root only.
    package var controlGroup: String?
    /// What may come out of the tunnel to this host.
    package var inbound: InboundMode
    /// What may come in unasked.
    package var allowed: [InboundRule] = []
    /// Whether clients reach the IPv6 Internet with this host's own address.
    package var masquerades = false
    /// The prefixes whose hosts the relay serves; empty for all.
    package var servedPrefixes: [IPv6Prefix] = []
    /// The most peers that are remembered.
    package var peerLimit = Setting.standardPeerLimit
    /// The most peers that are taken on in a second.
    package var newPeersPerSecond = Setting.standardNewPeerRate
    /// The IPv4 address that a 1:1 NAT has for the relay's; `nil` without one.
    package var publicAddress: IPv4Address?
    /// The prefixes that count as global here.
    package var internalPrefixes: [IPv4Prefix] = []
    /// Whether the octets of each client are counted.
    package var countsPeerOctets: Bool
    /// Who is not served.
    package var denied = DenyList()
    /// Addresses of other tunnel relays on this host, which packets must not be sent to.
    package var foreignTunnelRelays: [IPv4Address] = []
    /// The other relays that packets of the same native hosts may come through.
    package var fleet = RelayFleet()
    /// How the relay is announced, and how it ends.
    package var announcement = AnnouncementConfiguration()
    /// The address of the server in the same process; `nil` for none.
    package var ownServer: IPv4Address?
    /// Whether, and how much, is carried between clients; `nil` for no transit.
    package var transit: TransitConfiguration?

    /// The defaults of a relay for routers, or of a host-specific relay.
    package init(role: Role) {
        self.role = role
        countsPeerOctets = role == .hostRelay
        inbound = role == .hostRelay ? .filtered : .open
        controlSocketPath = ControlSocketPath.standard(for: role)
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        try tunnel.validate()
        try BindEndpoint.validate(bind)
        try ControlSocketPath.validate(controlSocketPath)
        try Setting.peerLimit.validate(peerLimit)
        try Setting.newPeerRate.validate(newPeersPerSecond)
        try InternalPrefix.validate(internalPrefixes)
        try announcement.validate()
        if let publicAddress,
            let kind = GlobalAddress.objection(to: publicAddress, internalPrefixes: internalPrefixes)
        {
            throw ConfigurationError(
                "--public-address",
                "\(publicAddress) is \(kind): clients must reach the relay at it"
            )
        }
        try fleet.validate(besides: bind, internalPrefixes: internalPrefixes)
        let own = [bind?.address, publicAddress].compactMap(\.self).filter { $0 != .unspecified }
        try denied.validate(sparing: own, "the address of this relay")
        try denied.validate(sparing: [ownServer].compactMap(\.self), "the address of its server")
        try denied.validate(sparing: fleet.others(than: bind).map(\.address), "a sibling of this relay")
        for prefix in servedPrefixes where prefix.address.isTeredo {
            throw ConfigurationError(
                "--served-prefix",
                "\(prefix) is inside the Teredo prefix; give the prefixes of the native hosts to serve"
            )
        }
    }
}
