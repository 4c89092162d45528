import ArgumentParser
import TeredoService
import TeredoSettings
import TeredoWire

/// `teredo host-relay`: lets this dual-stack host talk to Teredo clients directly.
struct HostRelayCommand: RoleCommand {
    typealias Driver = RelayDriver

    static let configuration = CommandConfiguration(
        commandName: "host-relay",
        abstract: "Let this dual-stack host talk to Teredo clients directly.",
        discussion: """
            A host-specific relay (RFC 4380 section 5.5) serves only the host that it runs on, with the host's own \
            native IPv6 addresses: traffic to and from Teredo clients takes the shortest path. Runs in the foreground \
            until SIGINT or SIGTERM: makes a TUN interface with a route for 2001::/32. Needs the capability \
            CAP_NET_ADMIN.

              Usual:       sudo teredo host-relay
              Fixed port:  sudo teredo host-relay --bind 198.51.100.9:3545
              With a file: sudo teredo host-relay --config /etc/teredo/host-relay.yaml

            Every option can be set in a file, or in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample host-relay' prints a file with all of them explained.
            """
    )

    @OptionGroup var interface: InterfaceOptions

    @Option(.internalPrefix)
    var internalPrefixes: [IPv4Prefix]

    @Option(.inbound)
    var inbound: InboundMode

    @OptionGroup var limits: RelayOptions

    @Flag(.peerOctets)
    var peerOctets: Bool

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage(settings().validate)
    }

    func settings() -> RelayServiceConfiguration {
        var settings = limits.configuration(role: .hostRelay, interface: interface, common: common)
        settings.inbound = inbound
        settings.countsPeerOctets = peerOctets
        settings.internalPrefixes = internalPrefixes
        return settings
    }
}
