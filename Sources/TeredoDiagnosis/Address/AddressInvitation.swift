package import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// What somebody else needs to reach the host of a running client: a line to send to a friend.
package struct AddressInvitation: Hashable, Sendable {
    /// The line.
    package let text: String

    /// Makes the line; throws, with what is missing, while the client has no address.
    package init(_ status: ClientStatus) throws(ServiceError) {
        let address: String
        switch Readiness(.client(status)) {
        case .ready(let text): address = text
        case .missing(let what, let remedy): throw ServiceError("\(what), so there is no address", remedy: remedy)
        }
        text = "Reach me at \(address) (try: ping \(address)). Open to you: \(Self.open(status.traffic.inbound))."
    }

    private static func open(_ inbound: InboundStatus) -> String {
        switch inbound.mode {
        case .open where inbound.otherFilter == true: "what another filter of this host lets in"
        case .open: "whatever this host listens on"
        case .filtered where inbound.allowed.isEmpty: "ping, nothing else"
        case .filtered: (["ping"] + inbound.allowed.map(\.description)).joined(separator: ", ")
        }
    }
}
