import TeredoControl
import TeredoProtocol
import TeredoWire

/// The last changes of a client's state.
struct StateHistory {
    /// A change.
    struct Entry {
        let instant: ProtocolInstant
        let status: ConnectivityStatus
        let reason: StateChangeReason
    }

    /// The changes, the newest first; bounded.
    private(set) var entries: [Entry] = []

    /// Nothing has changed since `beginning`.
    init(beginning: ProtocolInstant) { since = beginning }

    /// Since when the state is what it is; that the kind of NAT became known, or that peers keep an address, is no other state.
    private(set) var since: ProtocolInstant

    /// Why the state is what it is; `nil` before the first change.
    var reason: StateChangeReason? { entries.first?.reason }

    /// Notes a change.
    mutating func record(_ status: ConnectivityStatus, _ reason: StateChangeReason, now: ProtocolInstant) {
        if !isClassification(status, reason) { since = now }
        entries.insert(Entry(instant: now, status: status, reason: reason), at: 0)
        if entries.count > StateChange.limit { entries.removeLast() }
    }

    /// Whether a qualified client only got to know its NAT better, or stays what it is.
    private func isClassification(_ status: ConnectivityStatus, _ reason: StateChangeReason) -> Bool {
        guard case .qualified = status, case .qualified? = entries.first?.status else { return false }
        return switch reason {
        case .answered, .symmetricNATDetected, .keptByPeers: true
        default: false
        }
    }
}
