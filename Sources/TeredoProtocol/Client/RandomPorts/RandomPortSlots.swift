/// The random ports of a client: which slot belongs to which peer (RFC 6081 section 5.4).
///
/// A slot stands for a socket of the owner's; there are few, so that peers cannot use up descriptors.
struct RandomPortSlots: Sendable {
    static let limit = 64
    /// How many of them peers may have that the host did not ask for.
    static let strangersLimit = 48

    private var owners: [PeerTable.Ticket?] = []

    /// How many are in use.
    var count: Int { owners.count { $0 != nil } }

    /// Takes a slot for a peer; `nil` when all are in use.
    mutating func take(for ticket: PeerTable.Ticket) -> UInt8? {
        if let free = owners.firstIndex(where: { $0 == nil }) {
            owners[free] = ticket
            return UInt8(free)
        }
        guard owners.count < Self.limit else { return nil }
        owners.append(ticket)
        return UInt8(owners.count - 1)
    }

    /// Gives a slot back.
    mutating func release(_ slot: UInt8) { owners[Int(slot)] = nil }

    /// The peers that have one.
    var tickets: [PeerTable.Ticket] { owners.compactMap(\.self) }

    /// The peer that a slot belongs to.
    func owner(of slot: UInt8) -> PeerTable.Ticket? { Int(slot) < owners.count ? owners[Int(slot)] : nil }
}
