public import TeredoWire

/// When a machine is to be called next, and what for.
public struct Deadline: Hashable, Sendable {
    /// What is due.
    public let reason: DeadlineReason
    /// When it is due.
    public let instant: ProtocolInstant
}

/// What a machine waits for.
public enum DeadlineReason: Int, Hashable, Sendable, CaseIterable {
    /// The pause of a client without service is over, or a solicitation that had to wait may go.
    case start
    /// The answer to a solicitation is overdue.
    case solicitation
    /// The secondary server address is asked for the kind of NAT, or has not answered.
    case secondaryInquiry
    /// A server that is not in use has to be asked, or has not answered.
    case standbyServer
    /// The mapping towards the server has to be refreshed.
    case refresh
    /// Bubbles or a connectivity test are repeated or given up.
    case retry
    /// An echo test of RFC 6081 section 5.5 has no answer.
    case echoTest
    /// A connection on a random port has to be kept alive (RFC 6081 section 5.4).
    case peerRefresh
    /// A way through the transit relay is asked for, kept open or left.
    case transit
    /// The server is asked for a transit relay.
    case transitQuery
    /// The answer to an indirect bubble waited long enough.
    case answer
    /// Neighbours are looked for.
    case discovery
    /// The search for the longest refresh interval goes on.
    case intervalDetermination
    /// Peers that were not used for long are forgotten.
    case expiry
    /// A relay is asked for its siblings, or has not answered.
    case relaySiblings
}

/// The deadlines of a machine, one slot for each reason.
struct DeadlineTable: Sendable {
    private var slots = [15 of Int64](repeating: .max)

    /// When something is due; `nil` when it is not awaited.
    subscript(reason: DeadlineReason) -> ProtocolInstant? {
        get { slots[reason.rawValue] == .max ? nil : ProtocolInstant(nanoseconds: slots[reason.rawValue]) }
        set { slots[reason.rawValue] = newValue?.nanoseconds ?? .max }
    }

    /// The deadline that comes first; of several at one instant the one whose reason is first.
    var next: Deadline? {
        var first = 0
        for slot in slots.indices where slots[slot] < slots[first] { first = slot }
        guard slots[first] != .max, let reason = DeadlineReason(rawValue: first) else { return nil }
        return Deadline(reason: reason, instant: ProtocolInstant(nanoseconds: slots[first]))
    }
}
