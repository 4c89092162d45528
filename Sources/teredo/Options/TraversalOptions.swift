import ArgumentParser
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What `teredo client` may use to reach peers: extensions of RFC 6081, transit.
struct TraversalOptions: ParsableArguments {
    @Option(.transitRelay)
    var transitRelay: UDPEndpoint?

    @Flag(.useTransit)
    var transit: Bool

    @Option(.hairpinning)
    var hairpinning: ClientExtensions.Hairpinning

    @Option(.portMapping)
    var portMapping: PortMappingChoice

    @Option(.disableExtension)
    var disabledExtensions: [ProtocolExtension]

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
