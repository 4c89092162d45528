import ArgumentParser
import TeredoProtocol
import TeredoService
import TeredoWire

/// What `teredo client` may use to reach peers: extensions of RFC 6081, transit.
struct TraversalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A transit relay that carries packets to peers that cannot be reached directly (default: the one that the "
                + "server announces).",
            valueName: "address:port"
        ),
        transform: OptionValue.endpoint
    )
    var transitRelay: UDPEndpoint?

    @Flag(help: "Use no transit relay, announced or not.")
    var noTransit = false

    @Option(
        help: ArgumentHelp(
            "Who is told the local endpoint, for routers without hairpinning: off, same-address (peers behind the same "
                + "public address) or everyone.",
            valueName: "whom"
        )
    )
    var hairpinning = ClientExtensions.Hairpinning.sameMappedAddress

    @Option(
        help: ArgumentHelp(
            "Have the router forward the service port, by PCP, NAT-PMP or UPnP: auto (one after the other), off, pcp, "
                + "nat-pmp or upnp.",
            valueName: "protocol"
        )
    )
    var portMapping = PortMappingChoice.auto

    @Option(
        name: .customLong("disable-extension"),
        help: ArgumentHelp(
            "Switch an extension of RFC 6081 off; may be repeated: "
                + Extension.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "name"
        )
    )
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
        guard transitRelay == nil || !noTransit else {
            throw ValidationError("--transit-relay and --no-transit contradict each other; leave one out")
        }
    }

    func apply(to configuration: inout ClientConfiguration) {
        configuration.transit.relay = transitRelay
        configuration.transit.acceptsAnnouncement = !noTransit
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
