import ArgumentParser
import TeredoLinux
import TeredoProtocol
import TeredoService
package import TeredoSettings
import TeredoWire

/// `teredo auto`: client, host-specific relay or dormant, as the host's native IPv6 comes and goes.
struct AutoCommand: RoleCommand {
    typealias Driver = AutoDriver

    static let configuration = CommandConfiguration(
        commandName: "auto",
        abstract: "Be a client, a host-relay or dormant, as native IPv6 comes and goes.",
        discussion: """
            A host without native IPv6 is a client. A host with native IPv6 must not be one (RFC 4380 section 5.5): it \
            becomes a host-relay, which reaches Teredo clients directly with the host's own address, or stays dormant \
            (--native dormant). Native IPv6 means a global address that is not Teredo's, and a default route, on any \
            interface but Teredo's own; tunnels and VPNs count. With --native-by-address the address is enough. The host is watched, and a change that lasts a second \
            changes the role (longer after changes in quick succession); interface, address and routes of the old \
            role are gone before the new one begins.

            Managed networks are not guessed: name them with --managed-network, and Teredo stays dormant there. Takes \
            the options of client and host-relay; docs/auto.md has more. Runs in the foreground until SIGINT or \
            SIGTERM. Needs the capability CAP_NET_ADMIN.

              Usual:        sudo teredo auto --server teredo.example.org
              Client only:  sudo teredo auto --server teredo.example.org --native dormant
              Not at work:  sudo teredo auto --server 192.0.2.1 \\
                              --managed-network 10.20.0.0/16
              With a file:  sudo teredo auto --config /etc/teredo/auto.yaml
            """
    )

    @Option(.autoType)
    var type: String

    @Option(.managedNetwork)
    var managedNetworks: [String]

    @Option(.native)
    var native: AutoPolicy.NativeRole

    @Flag(.nativeByAddress)
    var nativeByAddress: Bool

    @OptionGroup var client: ClientOptions

    @OptionGroup var limits: RelayOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage { () throws(ConfigurationError) in try client.basics.settings.validate(common.denied) }
        try asUsage { () throws(ConfigurationError) in _ = try policy() }
        try asUsage(hostRelaySettings.validate)
    }

    func settings() throws -> AutoServiceConfiguration {
        AutoServiceConfiguration(try policy(), client: try clientSettings(), hostRelay: hostRelaySettings)
    }

    private var controlSocketPath: String { common.controlSocket ?? ControlSocketPath.standard(for: .auto) }

    private func policy() throws(ConfigurationError) -> AutoPolicy {
        var networks: [ManagedNetwork] = []
        for text in managedNetworks { networks.append(try ManagedNetwork(text)) }
        return AutoPolicy(
            type: try AutoType(named: type),
            nativeRole: native,
            isNativeByAddress: nativeByAddress,
            managedNetworks: networks
        )
    }

    private func clientSettings() throws -> ClientServiceConfiguration {
        var settings = try client.configuration(userName: common.user)
        settings.controlSocketPath = controlSocketPath
        settings.controlGroup = common.controlGroup
        settings.client.denied = common.denied
        return settings
    }

    private var hostRelaySettings: RelayServiceConfiguration {
        var settings = limits.configuration(role: .hostRelay, interface: client.interface, common: common)
        settings.controlSocketPath = controlSocketPath
        settings.inbound = client.inbound
        settings.countsPeerOctets = client.peerOctets
        settings.internalPrefixes = client.internalPrefixes
        return settings
    }
}

extension AutoPolicy.NativeRole: ExpressibleByArgument {}
