import ArgumentParser
import TeredoService
import TeredoSettings
import TeredoWire

/// `teredo relay`: routes between Teredo clients and the IPv6 Internet.
struct RelayCommand: RoleCommand {
    typealias Driver = RelayDriver

    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Route between Teredo clients and the IPv6 Internet.",
        discussion: """
            Runs in the foreground until SIGINT or SIGTERM: makes a TUN interface with a route for 2001::/32. This \
            host must forward IPv6 packets (sysctl -w net.ipv6.conf.all.forwarding=1), and the hosts that it serves \
            must route 2001::/32 to it. Needs the capability CAP_NET_ADMIN and, for the Internet at large, a global \
            IPv4 address.

              Usual:       sudo teredo relay --bind 198.51.100.1:3545
              Own hosts:   sudo teredo relay --bind 198.51.100.1:3545 \\
                             --served-prefix 2001:db8::/32
              In a cloud:  sudo teredo relay --bind 10.0.0.5:3545 \\
                             --public-address 198.51.100.1
              Transit:     sudo teredo relay --bind 198.51.100.1:3545 --transit
              With a file: sudo teredo relay --config /etc/teredo/relay.yaml

            Every option can be set in a file, or in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample relay' prints a file with all of them explained.
            """
    )

    @OptionGroup var interface: InterfaceOptions

    @Option(.servedPrefix)
    var servedPrefixes: [IPv6Prefix]

    @Option(.publicAddress)
    var publicAddresses: [IPv4Address]

    @Option(.internalPrefix)
    var internalPrefixes: [IPv4Prefix]

    @Option(.relayInbound)
    var inbound: InboundMode

    @OptionGroup var limits: RelayOptions

    @Flag(.relayPeerOctets)
    var peerOctets: Bool

    @Option(.sibling)
    var siblings: [UDPEndpoint]

    @OptionGroup var transit: TransitOptions

    @OptionGroup var announcement: AnnouncementOptions

    @OptionGroup var fleet: FleetOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard interface.bind != nil else {
            throw ValidationError(
                "--bind: a relay needs the address and port that it is reached at, for example --bind 198.51.100.1:3545"
            )
        }
        guard publicAddresses.count <= 1 else {
            throw ValidationError("--public-address: a relay has one address; give its public one")
        }
        try asUsage(settingsWithoutKey.validate)
    }

    func settings() throws -> RelayServiceConfiguration {
        var settings = settingsWithoutKey
        settings.fleet.key = try fleet.key(userName: common.user)
        return settings
    }

    private var settingsWithoutKey: RelayServiceConfiguration {
        var settings = limits.configuration(role: .relay, interface: interface, common: common)
        settings.inbound = inbound
        settings.servedPrefixes = servedPrefixes
        settings.countsPeerOctets = peerOctets
        settings.publicAddress = publicAddresses.first
        settings.internalPrefixes = internalPrefixes
        settings.fleet.siblings = siblings
        settings.transit = transit.configuration
        settings.announcement = announcement.configuration
        return settings
    }
}
