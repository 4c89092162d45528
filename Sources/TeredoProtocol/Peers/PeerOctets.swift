/// How many octets of IPv6 packets went to and came from each peer of a client.
///
/// The counts lie beside the table of peers, by the numbers of its slots: an entry has no room left in its cache line. A relay
/// counts nothing for each client, because with a million clients every packet would wait for one line more.
struct PeerOctets: Sendable {
    /// The counts of one peer since it is remembered.
    struct Count: Hashable, Sendable {
        var received: UInt64 = 0
        var sent: UInt64 = 0
    }

    private var counts: [Count] = []
    /// The peer whose packet came in last.
    private var last = 0

    /// Begins to count for an entry that was just made.
    mutating func begin(_ index: PeerTable.Index) {
        if index.number < counts.count {
            counts[index.number] = Count()
        } else {
            counts += repeatElement(Count(), count: index.number + 1 - counts.count)
        }
    }

    /// Counts packets that leave for a peer.
    mutating func recordSent(_ index: PeerTable.Index, octets: Int) {
        counts[index.number].sent &+= UInt64(octets)
    }

    /// Counts a packet of a peer that is delivered.
    mutating func recordReceived(_ index: PeerTable.Index, octets: Int) {
        last = index.number
        counts[last].received &+= UInt64(octets)
    }

    /// Counts packets that came with the last one that was counted, of the same peer.
    mutating func recordReceivedToo(octets: Int) {
        guard last < counts.count else { return }
        counts[last].received &+= UInt64(octets)
    }

    /// The counts of a peer.
    subscript(index: PeerTable.Index) -> Count { counts[index.number] }
}
