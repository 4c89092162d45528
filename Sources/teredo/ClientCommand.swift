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
            """
    )

    @Option(
        help: ArgumentHelp("The Teredo server; a name is resolved again when needed.", valueName: "address|name"),
        transform: { ServerName($0) }
    )
    var server: ServerName

    @Option(
        help: ArgumentHelp(
            "The secondary address of the server (default: the second address of the name, or primary + 1).",
            valueName: "address"
        ),
        transform: OptionValue.ipv4Address
    )
    var secondaryServer: IPv4Address?

    @OptionGroup var interface: InterfaceOptions

    @Option(help: ArgumentHelp("Seconds between refreshes of the NAT mapping, 1 to 86400.", valueName: "seconds"))
    var refreshInterval = 30

    @Flag(help: "Find out by experiment how long the NAT keeps a mapping (RFC 4380 section 5.2.7).")
    var determineRefreshInterval = false

    @Option(
        help: ArgumentHelp(
            "The client identifier for secure qualification; 'hex:' and digits for octets (default: the only one in "
                + "the secret file).",
            valueName: "identifier"
        )
    )
    var clientId: String?

    @Option(
        help: ArgumentHelp("A private file with lines 'identifier secret' for secure qualification.", valueName: "file")
    )
    var secretFile: String?

    @Flag(help: "Begin qualification with the cone phase of RFC 4380, which RFC 5991 leaves out.")
    var conePhase = false

    @Flag(help: "Do not ask the secondary address: faster, but a symmetric NAT goes unnoticed.")
    var noSecondaryCheck = false

    @Flag(help: "Stay offline behind a symmetric NAT, as RFC 4380 says, instead of reaching whom one can.")
    var strict = false

    @Flag(help: "Do not look for other clients on the same link by multicast (RFC 4380 section 5.2.8).")
    var noLocalDiscovery = false

    @Flag(help: "Route only Teredo addresses and the prefixes of --route to the interface.")
    var noDefaultRoute = false

    @Option(
        name: .customLong("route"),
        help: ArgumentHelp("A further prefix to route to the interface; may be repeated.", valueName: "prefix"),
        transform: OptionValue.ipv6Prefix
    )
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
        try ClientDriver(configuration, logger: common.logger(for: .client)).run()
    }

    private var settings: ClientServiceConfiguration {
        var settings = ClientServiceConfiguration(server: server)
        settings.secondaryServer = secondaryServer
        settings.interfaceName = interface.interface
        settings.offloads = interface.offloads
        settings.workers = interface.workers
        settings.dataPath = interface.dataPath
        settings.bind = interface.bind
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.installsDefaultRoute = !noDefaultRoute
        settings.routes = routes
        settings.client.refreshInterval = .seconds(refreshInterval)
        settings.client.determinesRefreshInterval = determineRefreshInterval
        settings.client.usesConePhase = conePhase
        settings.client.checksSecondaryServer = !noSecondaryCheck
        settings.client.rejectsSymmetricNAT = strict
        settings.client.usesLocalDiscovery = !noLocalDiscovery
        settings.portMapping = traversal.portMapping
        traversal.apply(to: &settings.client)
        return settings
    }
}
