import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The options of every role that is a server.
struct ServerOptions: ParsableArguments {
    @Option(required: .address)
    var address: IPv4Address

    @Option(.secretsFile)
    var secretsFile: String?

    @Flag(.requireAuthentication)
    var requireAuthentication: Bool

    @Option(.rate)
    var rate: Int

    @Option(.addressRate)
    var addressRate: Int

    @Option(.relayRate)
    var relayRate: Int

    @Option(.targetRate)
    var targetRate: Int

    @Option(.targetAddressRate)
    var targetAddressRate: Int

    @Option(.solicitationRate)
    var solicitationRate: Int

    @Option(.nativeRate)
    var nativeRate: Int

    @Option(.echoRate)
    var echoRate: Int

    @Option(.rateTable)
    var rateTable: Int

    @Option(.publicAddress)
    var publicAddresses: [IPv4Address]

    @Option(.internalPrefix)
    var internalPrefixes: [IPv4Prefix]

    @Flag(.toleratePortMismatch)
    var toleratePortMismatch: Bool

    func validate() throws {
        guard !requireAuthentication || secretsFile != nil else {
            throw ValidationError("--require-authentication: without --secrets-file no client could be answered")
        }
    }

    /// The secrets in the file, if one is given; it may belong to the user `userName` that the role becomes.
    func secrets(userName: String?) throws -> [SharedSecret] {
        try secretsFile.map { try SecretsFile(path: $0, userName: userName).secrets } ?? []
    }

    /// The settings without the secrets.
    func configuration(secondary: IPv4Address?) -> ServerServiceConfiguration {
        var settings = ServerServiceConfiguration(primary: address, secondary: secondary)
        settings.setAddresses(secondary: settings.local.secondary, publicAddresses: publicAddresses)
        settings.server.requiresSecureQualification = requireAuthentication
        settings.server.toleratesPortMismatch = toleratePortMismatch
        settings.server.limits = limits
        settings.server.filter.globalPrefixes = internalPrefixes
        return settings
    }

    private var limits: ServerLimits {
        var limits = ServerLimits()
        limits.source = RateLimit(rate: rate)
        limits.sourceAddress = RateLimit(rate: addressRate)
        limits.relay = RateLimit(rate: relayRate)
        limits.target = RateLimit(rate: targetRate)
        limits.targetAddress = RateLimit(rate: targetAddressRate)
        limits.solicitation = RateLimit(rate: solicitationRate)
        limits.native = RateLimit(rate: nativeRate, burst: nativeRate)
        limits.echo = RateLimit(rate: echoRate, burst: echoRate)
        limits.bucketCount = rateTable
        return limits
    }
}
