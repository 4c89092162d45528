import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The options of a client, whether for the whole host or for one command.
struct ClientOptions: ParsableArguments {
    @Option(name: .customLong("server"), help: ArgumentHelp(.server), transform: { ServerName($0) })
    var servers: [ServerName]

    @Option(help: ArgumentHelp(.secondaryServer), transform: OptionValue.ipv4Address)
    var secondaryServer: IPv4Address?

    @Option(help: ArgumentHelp(.serverCheckInterval))
    var serverCheckInterval = 2

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

    @Option(help: ArgumentHelp(.routingTable))
    var routingTable: Int?

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.peerOctets))
    var peerOctets = true

    @OptionGroup var traversal: TraversalOptions

    func validate() throws {
        guard clientId == nil || secretFile != nil else {
            throw ValidationError("--client-id: without --secret-file there is no secret to go with it")
        }
        try asUsage(settings.validate)
    }

    /// What the options say, with the secret read from its file.
    func configuration() throws -> ClientServiceConfiguration {
        var configuration = settings
        if let secretFile {
            configuration.client.secret = try SecretsFile(path: secretFile).secret(for: clientId, path: secretFile)
        }
        return configuration
    }

    private var settings: ClientServiceConfiguration {
        var settings = ClientServiceConfiguration(server: servers.first ?? .name(""))
        settings.furtherServers = Array(servers.dropFirst())
        settings.client.serverCheckInterval = .seconds(serverCheckInterval)
        settings.secondaryServer = secondaryServer
        settings.interfaceName = interface.interface
        settings.offloads = interface.offloads
        settings.workers = interface.workers
        settings.dataPath = interface.dataPath
        settings.hook = interface.hook
        settings.routingTable = routingTable
        settings.bind = interface.bind
        settings.stateFile = stateFile
        settings.installsDefaultRoute = defaultRoute
        settings.routes = routes
        settings.client.refreshInterval = .seconds(refreshInterval)
        settings.client.determinesRefreshInterval = determineRefreshInterval
        settings.client.usesConePhase = conePhase
        settings.client.checksSecondaryServer = secondaryCheck
        settings.client.rejectsSymmetricNAT = strict
        settings.client.usesLocalDiscovery = localDiscovery
        settings.client.countsPeerOctets = peerOctets
        settings.portMapping = traversal.portMapping
        traversal.apply(to: &settings.client)
        return settings
    }
}
