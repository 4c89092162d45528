package import TeredoHost
package import TeredoLinux
package import TeredoSettings
package import TeredoWire

/// What a running relay or host-specific relay reports about itself.
package struct RelayStatus: Hashable, Sendable, Codable {
    /// `relay` or `host-relay`.
    package var role: Role
    /// `running`: a relay has no other state.
    package var state = RunningState.running
    /// The roles that `teredo auto` took on, at most 16, the newest first; `nil` unless it runs the relay.
    package var roles: [RoleChange]?
    /// The service port as this host sees it.
    package var localEndpoint: UDPEndpoint
    /// The name of the TUN interface.
    package var interface: String
    /// The MTU of the interface in octets.
    package var mtu = TeredoConstants.mtu
    /// What another program changed about the interface and is not put back, or not yet.
    package var interfaceFaults: [InterfaceFault] = []
    /// How many times something that another program changed about the interface was put back.
    package var interfaceRestorations: UInt64 = 0
    /// The offloads in force.
    package var offloads: [Offload] = []
    /// How many threads move packets.
    package var workers = 1
    /// What moves the packets of trusted peers.
    package var dataPath = DataPathChoice.userspace
    /// The number of peers whose packets the kernel moves.
    package var kernelPeers = 0
    /// The prefixes that are served; empty for all.
    package var servedPrefixes: [IPv6Prefix] = []
    /// The global IPv6 addresses of this host, which a host-specific relay speaks for.
    package var ownAddresses: [IPv6Address] = []
    /// The number of peers remembered.
    package var peers = 0
    /// The number of peers that proved to be who they say.
    package var trustedPeers = 0
    /// The most peers that are remembered.
    package var peerLimit = 0
    /// The number of clients that packets are carried for; `nil` without transit.
    package var transitClients: Int?
    /// What may come out of the tunnel to this host.
    package var inbound: InboundStatus
    /// Whether clients reach the IPv6 Internet with this host's own address; `nil` where that is not to be had.
    package var masquerade: Bool?
    /// Whether the kernel forwards IPv6 packets; `nil` where it does not matter.
    package var forwarding: Bool?
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration = .zero
    /// The data path.
    package var counters: StatusCounters

    /// Makes a report of a relay on a service port and an interface.
    package init(role: Role, localEndpoint: UDPEndpoint, interface: String, counters: StatusCounters) {
        self.role = role
        self.localEndpoint = localEndpoint
        self.interface = interface
        self.counters = counters
        inbound = InboundStatus(mode: role == .hostRelay ? .filtered : .open)
    }
}
