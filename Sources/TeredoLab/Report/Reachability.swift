package import TeredoProtocol
import TeredoSimulator

/// What ought to come of an attempt to connect.
package enum Reachability: String, CaseIterable, Codable, Hashable, Sendable {
    /// It must work.
    case connects
    /// The NATs in between forbid it.
    case cannotConnect
    /// It depends on who spoke to whom before.
    case undetermined

    /// What ought to come of `initiator` opening a conversation with `responder`, both Teredo clients.
    ///
    /// Without a symmetric NAT everything connects (docs/nat-matrix.md). A client behind a symmetric NAT answers
    /// from another port than its address tells; keyed bubbles let a peer accept that when the peer's own NAT lets
    /// the answer in, and when it is the peer who asks.
    package static func between(_ initiator: NATExpectationClass, _ responder: NATExpectationClass) -> Self {
        let strictest = NATExpectationClass.portRestricted.rawValue
        switch (initiator, responder) {
        case (let first, let second) where first.rawValue <= strictest && second.rawValue <= strictest:
            return .connects
        case (.open, .symmetric), (.open, .addressSymmetric), (.addressRestricted, .symmetric): return .connects
        case (.symmetric, .open), (.symmetric, .addressRestricted), (.addressSymmetric, .open): return .undetermined
        default: return .cannotConnect
        }
    }

    /// What ought to come of two clients of ours without transit: client A, behind `first`, speaks first, and what it opens
    /// serves client B too.
    package static func between(_ first: NATKind, _ second: NATKind, isFirst: Bool) -> Self {
        if NATMatrix.reachesDirectly(first, second) { return .connects }
        return !isFirst && NATMatrix.reachesDirectly(second, first) ? .undetermined : .cannotConnect
    }
}
