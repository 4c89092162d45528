import TeredoWire

/// One round of asking a router: which protocols are still to be heard of, and what the others said.
///
/// They start shortly after one another instead of together, because most routers that speak one speak several; none
/// waits for the silence of another one, which takes seconds to tell.
struct MappingRound: Sendable {
    /// What the round is for.
    enum Purpose: Hashable, Sendable {
        /// Getting a mapping.
        case search
        /// Renewing the mapping by the way it was made.
        case renewal
        /// Getting any mapping, after the renewal failed.
        case rescue
    }

    /// What it is for.
    let purpose: Purpose
    /// The protocols that were not heard of yet.
    private(set) var open: Set<MappingProtocol>
    /// What tells most of the failures so far.
    private(set) var failure: MappingFailure?
    /// Whether there is a mapping by this round.
    private(set) var hasSucceeded = false
    private var starts: [(mappingProtocol: MappingProtocol, instant: ProtocolInstant)] = []

    /// A round of all `protocols`.
    init(_ purpose: Purpose, _ protocols: Set<MappingProtocol>, now: ProtocolInstant) {
        self.purpose = purpose
        open = protocols
        let ordered = MappingProtocol.allCases.filter(protocols.contains)
        for (index, mappingProtocol) in ordered.enumerated() {
            starts.append((mappingProtocol, now + Self.headStart * index))
        }
    }

    /// When the next protocol starts.
    var nextStart: ProtocolInstant? { starts.first?.instant }

    /// The next protocol that starts at `now`.
    mutating func takeStart(now: ProtocolInstant) -> MappingProtocol? {
        guard let first = starts.first, first.instant <= now else { return nil }
        return starts.removeFirst().mappingProtocol
    }

    /// Notes that a protocol failed; after a refusal the next one starts at once.
    mutating func note(_ failure: MappingFailure, of mappingProtocol: MappingProtocol, now: ProtocolInstant) {
        guard open.remove(mappingProtocol) != nil else { return }
        self.failure = failure.orBetter(self.failure)
        if failure != .silent, let first = starts.first { starts[0].instant = min(first.instant, now) }
    }

    /// Notes that a protocol did what it was asked for.
    mutating func noteSuccess(of mappingProtocol: MappingProtocol) {
        open.remove(mappingProtocol)
        hasSucceeded = true
    }

    private static let headStart = Duration.milliseconds(250)
}
