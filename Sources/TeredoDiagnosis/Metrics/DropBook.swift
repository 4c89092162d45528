package import TeredoControl
import TeredoHost
package import TeredoProtocol

/// The pages behind the reasons of drops and losses: what each means, and what to do.
package enum DropBook {
    /// What a page says.
    typealias Entry = (text: String, step: String)

    /// The page of a reason of the protocol, in Markdown that reads well in a terminal.
    package static func page(_ reason: DropReason) -> String { page(reason.label, entry(reason)) }

    /// The page of a loss outside of the protocol.
    package static func page(_ reason: LossReason) -> String { page(reason.rawValue, entry(reason)) }

    private static func page(_ name: String, _ entry: Entry) -> String {
        let lines = WrappedText.lines(entry.text) + [""] + WrappedText.lines(entry.step, first: "* ", rest: "  ")
        return (["### \(name)", ""] + lines).joined(separator: "\n")
    }

    private static func entry(_ reason: DropReason) -> Entry {
        switch reason {
        case .malformed, .invalidIPv4Source, .nonGlobalIPv4Source, .invalidDiscovery, .unsupportedNextHeader,
            .foreignDestination, .invalidSource, .linkLocalSource, .endpointMismatch, .multicastDestination,
            .unexpectedAdvertisement, .invalidAdvertisement, .authenticationFailed, .wrongChecksum, .foreignOrigin,
            .neighborDiscovery, .sourceRouting, .incompleteFragment, .invalidTrailer, .unexpectedIndication:
            received(reason)
        case .forbiddenEndpoint, .notQualified, .localDestination, .foreignSource, .tooBig, .ownEndpoint,
            .invalidServer,
            .queueFull, .bubbleLimitReached, .peerUnreachable, .connectivityTestFailed, .answerLimitReached,
            .peerTableFull, .flushed, .foreignError, .unprovenError, .contradictedError, .inconsequentialError,
            .errorLimitReached:
            contacts(reason)
        case .notTeredo, .teredoToTeredo, .foreignTunnelLoop, .unknownPeer, .outsideServedRange, .hopLimitExceeded,
            .ownIPv4Source, .sourceRefused, .secureQualificationFailed, .noSecondAddress, .unforwardableDestination,
            .forbiddenICMPv6, .rateLimited, .transitClosed, .denied:
            serving(reason)
        }
    }
}
