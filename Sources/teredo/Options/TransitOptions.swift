import ArgumentParser
import TeredoProtocol
import TeredoSettings

/// The options of `teredo relay` about transit.
struct TransitOptions: ParsableArguments {
    @Flag(.transit)
    var transit: Bool

    @Option(.transitClients)
    var transitClients: Int

    @Option(.transitPeers)
    var transitPeers: Int

    @Option(.transitRate)
    var transitRate: Int

    @Option(.transitTotalRate)
    var transitTotalRate: Int

    func validate() throws {
        for (setting, number) in [
            (Setting.transitClients, transitClients), (.transitPeers, transitPeers), (.transitRate, transitRate),
            (.transitTotalRate, transitTotalRate),
        ] {
            try asUsage { () throws(ConfigurationError) in try setting.validate(number) }
        }
    }

    var configuration: TransitConfiguration? {
        guard transit else { return nil }
        var configuration = TransitConfiguration()
        configuration.clientLimit = transitClients
        configuration.peersPerClient = transitPeers
        configuration.octetsPerSecond = transitRate * TransitRate.octetsPerKilobit
        configuration.burstOctets = max(65_536, configuration.octetsPerSecond / 10)
        configuration.totalOctetsPerSecond = transitTotalRate * TransitRate.octetsPerKilobit
        return configuration
    }
}
