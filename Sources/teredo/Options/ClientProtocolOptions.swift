import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The options of a client that concern the protocol, wherever its packets come from.
struct ClientProtocolOptions: ParsableArguments {
    @Option(required: .server)
    var servers: [ServerName]

    @Option(.secondaryServer)
    var secondaryServer: IPv4Address?

    @Option(.serverCheckInterval)
    var serverCheckInterval: Int

    @Option(.stateFile)
    var stateFile: String?

    @Option(.refreshInterval)
    var refreshInterval: Int

    @Flag(.determineRefreshInterval)
    var determineRefreshInterval: Bool

    @Option(.clientIdentifier)
    var clientId: String?

    @Option(.secretFile)
    var secretFile: String?

    @Flag(.conePhase)
    var conePhase: Bool

    @Flag(.secondaryCheck)
    var secondaryCheck: Bool

    @Flag(.strict)
    var strict: Bool

    @Flag(.localDiscovery)
    var localDiscovery: Bool

    @Option(.internalPrefix)
    var internalPrefixes: [IPv4Prefix]

    @Flag(.peerOctets)
    var peerOctets: Bool

    @OptionGroup var traversal: TraversalOptions

    func validate() throws {
        guard clientId == nil || secretFile != nil else {
            throw ValidationError("--client-id: without --secret-file there is no secret to go with it")
        }
        try asUsage(settings.validate)
    }

    /// What the options say, with the secret read from its file, which may belong to the user `userName` that the role becomes.
    func configuration(userName: String?) throws -> ClientServiceConfiguration {
        var configuration = settings
        if let secretFile {
            let file = try SecretsFile(path: secretFile, userName: userName)
            configuration.client.secret = try file.secret(for: clientId, path: secretFile)
        }
        return configuration
    }

    /// What the options say, without the secret.
    var settings: ClientServiceConfiguration {
        var settings = ClientServiceConfiguration(server: servers.first ?? .name(""))
        settings.furtherServers = Array(servers.dropFirst())
        settings.client.serverCheckInterval = .seconds(serverCheckInterval)
        settings.secondaryServer = secondaryServer
        settings.stateFile = stateFile
        settings.client.refreshInterval = .seconds(refreshInterval)
        settings.client.determinesRefreshInterval = determineRefreshInterval
        settings.client.qualification.usesConePhase = conePhase
        settings.client.qualification.checksSecondaryServer = secondaryCheck
        settings.client.qualification.rejectsSymmetricNAT = strict
        settings.client.qualification.acceptsSilentSecondary = !strict
        settings.client.localDiscovery.isOn = localDiscovery
        settings.client.countsPeerOctets = peerOctets
        settings.client.filter.globalPrefixes = internalPrefixes
        settings.portMapping = traversal.portMapping
        traversal.apply(to: &settings.client)
        return settings
    }
}
