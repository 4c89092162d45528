import ArgumentParser
import TeredoProtocol
import TeredoService
import TeredoWire

/// `teredo client`: gives this host an IPv6 address behind an IPv4 NAT.
struct ClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Give this host an IPv6 address behind an IPv4 NAT.",
        discussion: """
            Runs in the foreground until SIGINT or SIGTERM: makes a TUN interface, qualifies with the server, gives \
            the interface its Teredo address and routes, and removes everything when it ends. The default route has a \
            metric of 1029, so native IPv6 always wins. Needs the capability CAP_NET_ADMIN.

            Usual:           sudo teredo client --server teredo.example.org
            Fixed port:      sudo teredo client --server 192.0.2.1 --bind 0.0.0.0:34567
            Only some hosts: sudo teredo client --server 192.0.2.1 --no-default-route --route 2001:db8::/32
            Authenticated:   sudo teredo client --server 192.0.2.1 --client-id alice --secret-file /etc/teredo/secret

            With a file:  sudo teredo client --config /etc/teredo/client.yaml

            Every option can stand in that file, and in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample client' prints a file with all of them explained.
            """
    )

    @Option(help: ArgumentHelp(.server), transform: { ServerName($0) })
    var server: ServerName

    @Option(help: ArgumentHelp(.secondaryServer), transform: OptionValue.ipv4Address)
    var secondaryServer: IPv4Address?

    @OptionGroup var interface: InterfaceOptions

    @Option(help: ArgumentHelp(.stateFile))
    var stateFile: String?

    @Option(help: ArgumentHelp(.refreshInterval))
    var refreshInterval = 30

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.determineRefreshInterval))
    var determineRefreshInterval = false

    @Option(help: ArgumentHelp(.clientIdentifier))
    var clientId: String?

    @Option(help: ArgumentHelp(.secretFile))
    var secretFile: String?

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.conePhase))
    var conePhase = false

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.secondaryCheck))
    var secondaryCheck = true

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.strict))
    var strict = false

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.localDiscovery))
    var localDiscovery = true

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.defaultRoute))
    var defaultRoute = true

    @Option(name: .customLong("route"), help: ArgumentHelp(.route), transform: OptionValue.ipv6Prefix)
    var routes: [IPv6Prefix] = []

    @OptionGroup var traversal: TraversalOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard clientId == nil || secretFile != nil else {
            throw ValidationError("--client-id: without --secret-file there is no secret to go with it")
        }
        try asUsage(settings.validate)
    }

    func run() throws {
        var configuration = settings
        if let secretFile {
            configuration.client.secret = try SecretsFile(path: secretFile).secret(for: clientId, path: secretFile)
        }
        let (logger, reload) = try common.logging(for: .client)
        let driver = try ClientDriver(configuration, logger: logger)
        driver.onHangUp(reload)
        try driver.run()
    }

    private var settings: ClientServiceConfiguration {
        var settings = ClientServiceConfiguration(server: server)
        settings.secondaryServer = secondaryServer
        settings.interfaceName = interface.interface
        settings.offloads = interface.offloads
        settings.workers = interface.workers
        settings.dataPath = interface.dataPath
        settings.bind = interface.bind
        settings.stateFile = stateFile
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.installsDefaultRoute = defaultRoute
        settings.routes = routes
        settings.client.refreshInterval = .seconds(refreshInterval)
        settings.client.determinesRefreshInterval = determineRefreshInterval
        settings.client.usesConePhase = conePhase
        settings.client.checksSecondaryServer = secondaryCheck
        settings.client.rejectsSymmetricNAT = strict
        settings.client.usesLocalDiscovery = localDiscovery
        settings.portMapping = traversal.portMapping
        traversal.apply(to: &settings.client)
        return settings
    }
}
