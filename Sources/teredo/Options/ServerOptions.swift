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

    @Option(.solicitationRate)
    var solicitationRate: Int

    @Option(.nativeRate)
    var nativeRate: Int

    @Flag(.toleratePortMismatch)
    var toleratePortMismatch: Bool

    func validate() throws {
        guard !requireAuthentication || secretsFile != nil else {
            throw ValidationError("--require-authentication: without --secrets-file no client could be answered")
        }
    }

    /// The secrets in the file, if one is given.
    func secrets() throws -> [SharedSecret] { try secretsFile.map { try SecretsFile(path: $0).secrets } ?? [] }

    /// The settings without the secrets.
    func configuration(secondary: IPv4Address?) -> ServerServiceConfiguration {
        var settings = ServerServiceConfiguration(primary: address, secondary: secondary)
        settings.server.requiresSecureQualification = requireAuthentication
        settings.server.toleratesPortMismatch = toleratePortMismatch
        settings.server.limits.sourceRate = rate
        settings.server.limits.sourceBurst = Self.burst(rate)
        settings.server.limits.solicitationRate = solicitationRate
        settings.server.limits.solicitationBurst = Self.burst(solicitationRate)
        settings.server.limits.nativeRate = nativeRate
        return settings
    }

    // A rate out of range is refused when the settings are validated; until then it must not overflow.
    private static func burst(_ rate: Int) -> Int { rate.multipliedReportingOverflow(by: 2).partialValue }
}
