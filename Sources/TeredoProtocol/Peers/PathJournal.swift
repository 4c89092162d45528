import DequeModule
import HeapModule
import TeredoWire

/// Which peers may be reached another way than was last told, while somebody wants to hear of it.
///
/// Whoever changes a peer beyond what every packet changes marks it (``PeerTable/mark(_:)``); whoever polls looks at the
/// marked ones. A peer is marked once at most, and marks of peers that are gone are swept out before there are many. Ways that
/// end by nothing coming are looked at when that is due. While nobody listens nothing is kept, and a mark costs a comparison.
struct PathJournal: Sendable {
    /// A way as it was told last.
    struct Way: Hashable, Sendable {
        var path: PeerSummary.Path
        /// Where packets go; `nil` when there is no way.
        var endpoint: UDPEndpoint?

        static let idle = Way(path: .idle)
    }

    /// A way that may end by itself.
    private struct Deadline: Comparable, Sendable {
        let instant: ProtocolInstant
        let ticket: PeerTable.Ticket

        static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
        static func == (left: Self, right: Self) -> Bool { left.instant == right.instant }
    }

    private(set) var isOn = false
    var marks: Deque<PeerTable.Ticket> = []
    private var deadlines = Heap<Deadline>()
    /// The peers with a way, or on the way to one, and when each is looked at again by itself.
    private var told: [IPv6Address: (way: Way, deadline: ProtocolInstant?)] = [:]
    private var departed: Deque<PeerPathChange> = []
    /// How many slots were there when the journal began, and are not looked at for the first time yet.
    var unseen: UInt32 = 0

    /// Begins with a table of `slots` slots, or ends and forgets.
    mutating func setOn(_ isOn: Bool, slots: Int) {
        self = Self()
        self.isOn = isOn
        unseen = isOn ? UInt32(slots) : 0
    }

    /// Whether something is to be looked at now.
    var hasWork: Bool { !marks.isEmpty || !departed.isEmpty || unseen > 0 }
    /// When a way may end by itself next.
    var nextDeadline: ProtocolInstant? { deadlines.min?.instant }

    mutating func popDeparted() -> PeerPathChange? { departed.popFirst() }

    /// The next peer whose way may have ended by now.
    mutating func popDeadline(now: ProtocolInstant) -> PeerTable.Ticket? {
        guard let first = deadlines.min, first.instant <= now else { return nil }
        return deadlines.popMin()?.ticket
    }

    /// Notes the way to a peer now, and when to look at it again; returns what changed.
    mutating func tell(
        _ way: Way,
        of address: IPv6Address,
        _ ticket: PeerTable.Ticket,
        until deadline: ProtocolInstant?,
        now: ProtocolInstant
    ) -> PeerPathChange? {
        let known = told[address]
        let previous = known?.way ?? .idle
        if way == .idle {
            told[address] = nil
        } else {
            let scheduled = known?.deadline.flatMap { $0 > now ? $0 : nil }
            told[address] = (way, scheduled)
            if let deadline, deadline < scheduled ?? .init(nanoseconds: .max) {
                deadlines.insert(Deadline(instant: deadline, ticket: ticket))
                told[address]?.deadline = deadline
            }
        }
        return way == previous ? nil : PeerPathChange(address: address, from: previous, to: way)
    }

    /// The peer is forgotten.
    mutating func depart(_ address: IPv6Address) {
        guard let known = told.removeValue(forKey: address) else { return }
        departed.append(PeerPathChange(address: address, from: known.way, to: .idle))
    }
}

extension PathJournal.Way {
    /// The way that a summary shows.
    init(_ summary: PeerSummary) {
        path = summary.path
        switch summary.path {
        case .direct, .relay, .transit: endpoint = summary.endpoint
        case .contacting, .idle: endpoint = nil
        }
    }
}
