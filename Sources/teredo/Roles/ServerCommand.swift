import ArgumentParser
import TeredoProtocol
import TeredoService
package import TeredoSettings
import TeredoWire

/// `teredo server`: qualifies clients, and forwards bubbles and connectivity tests.
struct ServerCommand: RoleCommand {
    typealias Driver = ServerDriver

    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Qualify clients, and forward their bubbles and connectivity tests.",
        discussion: """
            Runs in the foreground until SIGINT or SIGTERM, on UDP port 3544 of two global IPv4 addresses of this \
            host. A server never carries user traffic: for that, run a relay too. Needs the capability CAP_NET_RAW, \
            and native IPv6 for the connectivity tests of its clients.

              Usual:           sudo teredo server --address 192.0.2.1
              Other addresses: sudo teredo server --address 192.0.2.1 \\
                                 --secondary-address 198.51.100.1
              In a cloud:      sudo teredo server --address 10.0.0.5 \\
                                 --public-address 192.0.2.1 --public-address 192.0.2.2
              Known clients:   sudo teredo server --address 192.0.2.1 \\
                                 --secrets-file /etc/teredo/secrets \\
                                 --require-authentication
              With a file:     sudo teredo server --config /etc/teredo/server.yaml

            The secrets file holds one client per line, 'identifier secret', each as text or as 'hex:' and digits; \
            it must be readable by its owner only.

            Every option can be set in a file, or in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample server' prints a file with all of them explained.
            """
    )

    @OptionGroup var server: ServerOptions

    @Option(.secondaryAddress)
    var secondaryAddress: IPv4Address?

    @Option(.announceTransit)
    var announceTransit: UDPEndpoint?

    @Option(.xdp)
    var xdp: XDPChoice

    @OptionGroup var announcement: AnnouncementOptions

    @Option(.serverWorkers)
    var workers: Int

    @OptionGroup var fleet: FleetOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage(settingsWithoutSecrets.validate)
    }

    func settings() throws -> ServerServiceConfiguration {
        var settings = settingsWithoutSecrets
        settings.server.secrets = try server.secrets(userName: common.user)
        settings.server.fleet = try fleet.key(userName: common.user)
        return settings
    }

    private var settingsWithoutSecrets: ServerServiceConfiguration {
        var settings = server.configuration(secondary: secondaryAddress)
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.controlGroup = common.controlGroup
        settings.server.denied = common.denied
        settings.xdp = xdp
        settings.workers = workers
        settings.announcement = announcement.configuration
        settings.server.announcedTransitRelay = announceTransit
        return settings
    }
}

extension XDPChoice: ExpressibleByArgument {}
