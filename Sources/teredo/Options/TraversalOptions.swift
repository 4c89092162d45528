import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What `teredo client` may use to reach peers: extensions of RFC 6081, transit.
struct TraversalOptions: ParsableArguments {
    @Option(help: ArgumentHelp(.transitRelay), transform: OptionValue.endpoint)
    var transitRelay: UDPEndpoint?

    @Flag(inversion: .prefixedNo, help: ArgumentHelp(.useTransit))
    var transit = true

    @Option(help: ArgumentHelp(.hairpinning))
    var hairpinning = ClientExtensions.Hairpinning.sameMappedAddress

    @Option(help: ArgumentHelp(.portMapping))
    var portMapping = PortMappingChoice.auto

    @Option(name: .customLong("disable-extension"), help: ArgumentHelp(.disableExtension))
    var disabledExtensions: [Extension] = []

    /// The extensions by their names on the command line.
    enum Extension: String, CaseIterable, ExpressibleByArgument {
        case symmetric
        case portMapped = "port-mapped"
        case portPreserving = "port-preserving"
        case sequential
        case serverLoadReduction = "server-load-reduction"
    }

    func validate() throws {
        guard transitRelay == nil || transit else {
            throw ValidationError("--transit-relay: contradicts --no-transit; leave one of them out")
        }
    }

    func apply(to configuration: inout ClientConfiguration) {
        configuration.transit.relay = transitRelay
        configuration.transit.acceptsAnnouncement = transit
        configuration.extensions.hairpinning = hairpinning
        for disabled in disabledExtensions {
            switch disabled {
            case .symmetric: configuration.extensions.symmetricNAT = false
            case .portMapped: configuration.extensions.portMappedSymmetricNAT = false
            case .portPreserving: configuration.extensions.portPreservingSymmetricNAT = false
            case .sequential: configuration.extensions.sequentialSymmetricNAT = false
            case .serverLoadReduction: configuration.extensions.serverLoadReduction = false
            }
        }
    }
}
