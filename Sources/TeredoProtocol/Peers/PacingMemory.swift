import TeredoWire

/// The bubbles to peers that had to leave the list before they answered: who comes back is asked no sooner and no more often than if it
/// had stayed (SEC-45), so that a flood of strangers draws no further bubbles to anybody's server.
///
/// Places are found by a keyed hash, so that nobody can choose whom to share one with, and are few: what they cost does not grow with the
/// list, and nothing before the first peer has to go. Where there are too many, those that were sent the fewest bubbles are forgotten
/// first: a stranger of a flood is sent one.
struct PacingMemory: Sendable {
    /// How many peers a group remembers.
    private static let groupLength = 8
    private static let groupCount = 512

    private let hash: SipHash
    private var places: [Place] = []

    private struct Place: Sendable {
        var address = IPv6Address.unspecified
        var pacing = BubblePacing()
    }

    /// Nothing yet.
    init(_ hash: SipHash) {
        self.hash = hash
    }

    /// Remembers the bubbles to a peer that leaves the list, if they still count.
    mutating func note(_ pacing: BubblePacing, of address: IPv6Address, now: ProtocolInstant) {
        guard pacing.isNeeded(now: now) else { return }
        if places.isEmpty { places = Array(repeating: Place(), count: Self.groupCount * Self.groupLength) }
        let group = group(of: address)
        let free = group.first { !places[$0].pacing.isNeeded(now: now) }
        let fewest = group.min { rank(of: $0) < rank(of: $1) }
        places[free ?? fewest ?? group.lowerBound] = Place(address: address, pacing: pacing)
    }

    /// The bubbles to a peer that comes back, which are the list's business again; `nil` when there were none that still count.
    mutating func take(_ address: IPv6Address, now: ProtocolInstant) -> BubblePacing? {
        guard !places.isEmpty, let place = group(of: address).first(where: { places[$0].address == address }) else {
            return nil
        }
        let pacing = places[place].pacing
        places[place] = Place()
        return pacing.isNeeded(now: now) ? pacing : nil
    }

    /// Forgets everything.
    mutating func removeAll() { places = [] }

    private func rank(of place: Int) -> (Int, ProtocolInstant) {
        (places[place].pacing.unanswered, places[place].pacing.last)
    }

    private func group(of address: IPv6Address) -> Range<Int> {
        let start = Int(hash(address) & UInt64(Self.groupCount - 1)) * Self.groupLength
        return start..<start + Self.groupLength
    }
}
