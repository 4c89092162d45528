import TeredoControl
import TeredoHost
import TeredoProtocol
import TeredoWire

/// A peer with what goes to and comes from it each second.
struct MonitoredPeer: Hashable, Sendable {
    /// What the role says of it.
    let status: PeerStatus
    /// Octets a second that come in; `nil` where they are not counted, or not yet.
    let received: Double?
    /// Octets a second that go out.
    let sent: Double?

    /// Compares a peer with itself `seconds` before.
    init(_ status: PeerStatus, before: PeerStatus?, seconds: Double) {
        self.status = status
        received = Self.rate(status.octetsReceived, before?.octetsReceived, seconds)
        sent = Self.rate(status.octetsSent, before?.octetsSent, seconds)
    }

    private static func rate(_ count: UInt64?, _ before: UInt64?, _ seconds: Double) -> Double? {
        guard let count, let before, count >= before, seconds > 0 else { return nil }
        return Double(count - before) / seconds
    }

    /// How peers are ordered.
    enum Order: String, CaseIterable, Hashable, Sendable {
        /// Most octets a second first.
        case traffic
        /// Longest round trip first.
        case rtt
        /// Direct peers first.
        case path
        /// Those heard of last first.
        case heard
        /// By address.
        case address
    }

    /// Sorts peers; the address decides where nothing else does, so that lines do not jump.
    static func sorted(_ peers: [Self], by order: Order, isReversed: Bool) -> [Self] {
        let sorted = peers.sorted { first, second in
            let (one, other) = (first.rank(order), second.rank(order))
            return one == other ? first.status.address < second.status.address : one < other
        }
        return isReversed ? sorted.reversed() : sorted
    }

    /// The smaller the earlier.
    private func rank(_ order: Order) -> Double {
        switch order {
        case .traffic: -((received ?? 0) + (sent ?? 0))
        case .rtt: -(status.roundTrip.map { $0 / .milliseconds(1) } ?? -1)
        case .path: Double(PeerSummary.Path.allCases.firstIndex(of: status.path) ?? 0)
        case .heard: status.heard.map { $0 / .seconds(1) } ?? .infinity
        case .address: 0
        }
    }
}
