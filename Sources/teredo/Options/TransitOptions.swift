import ArgumentParser
import TeredoProtocol
import TeredoSettings

/// The options of `teredo relay` about transit.
struct TransitOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.transit))
    var transit = false

    @Option(help: ArgumentHelp(.transitClients))
    var transitClients = 4096

    @Option(help: ArgumentHelp(.transitPeers))
    var transitPeers = 16

    @Option(help: ArgumentHelp(.transitRate))
    var transitRate = 10_000

    @Option(help: ArgumentHelp(.transitTotalRate))
    var transitTotalRate = 1_000_000

    func validate() throws {
        for (option, value, range) in [
            ("--transit-clients", transitClients, 2...1_000_000), ("--transit-peers", transitPeers, 1...1024),
            ("--transit-rate", transitRate, 64...100_000_000),
            ("--transit-total-rate", transitTotalRate, 64...1_000_000_000),
        ] where !range.contains(value) {
            throw ValidationError("\(option): \(value) is outside \(range.lowerBound) to \(range.upperBound)")
        }
    }

    var configuration: TransitConfiguration? {
        guard transit else { return nil }
        var configuration = TransitConfiguration()
        configuration.clientLimit = transitClients
        configuration.peersPerClient = transitPeers
        configuration.octetsPerSecond = transitRate * 125
        configuration.burstOctets = max(65_536, transitRate * 125 / 10)
        configuration.totalOctetsPerSecond = transitTotalRate * 125
        return configuration
    }
}
