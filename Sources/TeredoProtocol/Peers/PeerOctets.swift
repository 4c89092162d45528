/// How many octets of IPv6 packets went to and came from each peer, where they are counted.
///
/// The counts lie beside the table of peers, by the numbers of its slots: an entry has no room left in its cache line. With a
/// million peers every packet waits for one line more, so that relays count only when they are told to; without counting there
/// is no memory, and the check of its bounds is all that a packet costs.
struct PeerOctets: Sendable {
    private(set) var isCounting: Bool
    private var counts: [OctetCount] = []
    /// The peer whose packet came in last.
    private var last = 0

    /// No counts yet, and none ever unless `isCounting`.
    init(isCounting: Bool) {
        self.isCounting = isCounting
    }

    /// Begins to count for the `slots` of the table that were used so far, or ends and forgets.
    mutating func setCounting(_ isCounting: Bool, slots: Int) {
        guard isCounting != self.isCounting else { return }
        self.isCounting = isCounting
        counts = isCounting ? Array(repeating: OctetCount(), count: slots) : []
    }

    /// Begins to count for an entry that was just made.
    mutating func begin(_ index: PeerTable.Index) {
        guard isCounting else { return }
        if index.number < counts.count {
            counts[index.number] = OctetCount()
        } else {
            counts += repeatElement(OctetCount(), count: index.number + 1 - counts.count)
        }
    }

    /// Counts packets that leave for a peer.
    mutating func recordSent(_ index: PeerTable.Index, octets: Int) {
        guard index.number < counts.count else { return }
        counts[index.number].sent &+= UInt64(octets)
    }

    /// Counts a packet of a peer that is delivered.
    mutating func recordReceived(_ index: PeerTable.Index, octets: Int) {
        guard index.number < counts.count else { return }
        last = index.number
        counts[last].received &+= UInt64(octets)
    }

    /// Counts packets that came with the last one that was counted, of the same peer.
    mutating func recordReceivedToo(octets: Int) {
        guard last < counts.count else { return }
        counts[last].received &+= UInt64(octets)
    }

    /// Counts what was moved by others on the direct path of a peer.
    mutating func record(_ index: PeerTable.Index, received: UInt64, sent: UInt64) {
        guard index.number < counts.count else { return }
        counts[index.number].received &+= received
        counts[index.number].sent &+= sent
    }

    /// The counts of a peer since it is remembered; `nil` where nothing is counted.
    subscript(index: PeerTable.Index) -> OctetCount? { index.number < counts.count ? counts[index.number] : nil }
}
