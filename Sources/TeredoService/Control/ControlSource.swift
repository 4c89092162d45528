package import TeredoWire

/// What a role gives to those who ask on its control socket.
package protocol ControlSource {
    /// The report of the role.
    func status() -> StatusReport
    /// At most `limit` peers; `nil` from a role that has none.
    func peers(limit: Int) -> PeerList?
    /// The list with one peer, or with none when nothing is known of it; `nil` from a role that has no peers.
    func peer(_ address: IPv6Address) -> PeerList?
    /// Why a role that has peers cannot ping them, a sentence; `nil` when it can.
    var pingObstacle: String? { get }
}

extension ControlSource {
    /// Nothing is in the way.
    package var pingObstacle: String? { nil }

    /// Looks among the first of the peers, which is enough where there are few or none.
    package func peer(_ address: IPv6Address) -> PeerList? {
        guard var list = peers(limit: ControlParameter.peerLimits.upperBound) else { return nil }
        list.peers.removeAll { $0.address != address.description }
        return list
    }
}
