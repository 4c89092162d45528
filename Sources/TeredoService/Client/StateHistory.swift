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
    private let beginning: ProtocolInstant

    /// Nothing has changed since `beginning`.
    init(beginning: ProtocolInstant) { self.beginning = beginning }

    /// Since when the state is what it is.
    var since: ProtocolInstant { entries.first?.instant ?? beginning }

    /// Why the state is what it is; `nil` before the first change.
    var reason: StateChangeReason? { entries.first?.reason }

    /// Notes a change.
    mutating func record(_ status: ConnectivityStatus, _ reason: StateChangeReason, now: ProtocolInstant) {
        entries.insert(Entry(instant: now, status: status, reason: reason), at: 0)
        if entries.count > StateChange.limit { entries.removeLast() }
    }
}
