package import TeredoLinux
package import TeredoWire

/// What single datagrams showed about the way to the server; `nil` where nobody looked.
package struct PathFindings: Hashable, Sendable {
    /// What became of a datagram to the server's port.
    package var toServerPort: DeliveryOutcome?
    /// What became of a datagram to another port of the server, on which no program listens.
    package var toOtherPort: DeliveryOutcome?
    /// What became of a datagram with the longest packet that a Teredo client sends.
    package var fullSize: DeliveryOutcome?
    /// The second router on the way.
    package var secondHop: IPv4Address?
    /// How many packets came to this host during the check and were dropped in it, beyond what is usual.
    package var droppedHere = 0

    /// Nothing known.
    package init() {}

    /// The longest IPv4 packet on the way: 1,280 octets of IPv6, 8 of UDP and 20 of IPv4.
    package static let fullLength = 1308

    /// The longest packet that passes, when that is too short for Teredo.
    package var smallMTU: Int? {
        guard case .tooBig(let mtu) = fullSize else { return nil }
        return mtu
    }

    /// Whether full-size packets pass; `nil` when that is not known.
    package var passesFullSize: Bool? {
        switch fullSize {
        case .refused: true
        case .tooBig: false
        default: nil
        }
    }
}
