import ArgumentParser
import TeredoProtocol
import TeredoService
import TeredoSettings
import TeredoWire

/// `teredo gateway`: server and relay in one process.
struct GatewayCommand: RoleCommand {
    typealias Driver = GatewayDriver

    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Be a server and a relay at once: all that clients need, on one host.",
        discussion: """
            Runs in the foreground until SIGINT or SIGTERM: a server on UDP port 3544 and a relay on port 3545 of a \
            global IPv4 address of this host, and a TUN interface with a route for 2001::/32. Needs the capability \
            CAP_NET_ADMIN. With --masquerade clients reach the IPv6 Internet with this host's own address; \
            without it no setting of the kernel is changed: switch forwarding on (sysctl -w \
            net.ipv6.conf.all.forwarding=1), and route 2001::/32 to this host (docs/gateway.md).

              Usual:        sudo teredo gateway --address 192.0.2.1 \\
                              --secondary-address 192.0.2.2
              One address:  sudo teredo gateway --address 192.0.2.1
              In a cloud:   sudo teredo gateway --address 10.0.0.5 \\
                              --public-address 192.0.2.1
              Also transit: sudo teredo gateway --address 192.0.2.1 --transit
              No way back:  sudo teredo gateway --address 192.0.2.1 --masquerade
              With a file:  sudo teredo gateway --config /etc/teredo/gateway.yaml

            With one address clients cannot find out whether their NAT is symmetric; ours work without knowing, unless \
            run with --strict. With --transit the relay also carries packets between clients that cannot reach \
            each other, and the server tells its clients about it; with --announce-transit about another one.

            Every option can be set in a file, or in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample gateway' prints a file with all of them explained.
            """
    )

    @OptionGroup var server: ServerOptions

    @Option(.gatewaySecondaryAddress)
    var secondaryAddress: IPv4Address?

    @Option(.gatewayBind)
    var bind: UDPEndpoint?

    @Option(.servedPrefix)
    var servedPrefixes: [IPv6Prefix]

    @Option(.relayInbound)
    var inbound: InboundMode

    @Flag(.masquerade)
    var masquerade: Bool

    @OptionGroup var limits: RelayOptions

    @Flag(.relayPeerOctets)
    var peerOctets: Bool

    @Option(.sibling)
    var siblings: [UDPEndpoint]

    @OptionGroup var transit: TransitOptions

    @Option(.announceTransit)
    var announceTransit: UDPEndpoint?

    @OptionGroup var announcement: AnnouncementOptions

    @OptionGroup var tunnel: TunnelOptions

    @OptionGroup var fleet: FleetOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage(settingsWithoutSecrets.validate)
    }

    func settings() throws -> GatewayServiceConfiguration {
        var settings = settingsWithoutSecrets
        settings.server.server.secrets = try server.secrets(userName: common.user)
        settings.server.server.fleet = try fleet.key(userName: common.user)
        settings.relay.fleet.key = settings.server.server.fleet
        return settings
    }

    private var settingsWithoutSecrets: GatewayServiceConfiguration {
        var relay = limits.configuration(role: .relay, tunnel: tunnel)
        relay.bind = bind
        relay.controlGroup = common.controlGroup
        relay.denied = common.denied
        relay.inbound = inbound
        relay.masquerades = masquerade
        relay.servedPrefixes = servedPrefixes
        relay.countsPeerOctets = peerOctets
        relay.fleet.siblings = siblings
        relay.transit = transit.configuration
        relay.announcement = announcement.configuration
        var server = server.configuration(secondary: secondaryAddress)
        server.server.announcedTransitRelay = announceTransit
        server.server.denied = common.denied
        var settings = GatewayServiceConfiguration(
            server: server,
            secondary: secondaryAddress,
            relay: relay
        )
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        return settings
    }
}
