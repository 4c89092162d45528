package import TeredoProtocol
package import TeredoWire

/// What a role gives to those who ask on its control socket.
package protocol ControlSource {
    /// The report of the role.
    func status() -> StatusReport
    /// What the role measured beside what is in its report.
    func measurements() -> RoleMeasurements
    /// What is in the way of a client; `nil` from other roles.
    func check() -> ClientCheck?
    /// At most `limit` peers; `nil` from a role that has none.
    func peers(limit: Int) -> PeerList?
    /// The list with one peer, or with none when nothing is known of it; `nil` from a role that has no peers.
    func peer(_ address: IPv6Address) -> PeerList?
    /// Why a role that has peers cannot ping them, a sentence; `nil` when it can.
    var pingObstacle: String? { get }
    /// Changes what may come in through the tunnel unasked, and returns what may then.
    func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus
    /// Withdraws the role and has it end when nothing is left to serve, or calls that off; returns what it does then.
    func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain
    /// Begins or ends to note which way packets for each peer go.
    func watchPaths(_ isOn: Bool)
    /// The next change of the way to a peer, while that is noted; `nil` when there is none, or enough was done for one turn.
    func pollPathChange() -> PeerPathChange?
    /// When to ask for it again.
    var nextPathChange: ProtocolInstant? { get }
}

extension ControlSource {
    /// Only clients are checked.
    package func check() -> ClientCheck? { nil }

    /// Nothing is in the way.
    package var pingObstacle: String? { nil }

    /// There is no tunnel.
    package func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        throw ControlError(code: .notAvailable, message: "this role has no interface: it is a server, or dormant")
    }

    /// Nobody else is served.
    package func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain {
        throw ControlError(
            code: .notAvailable,
            message: "this role serves this host alone and is announced to nobody: stop it instead (SIGTERM)"
        )
    }

    /// There are no peers.
    package func watchPaths(_ isOn: Bool) {}

    /// Nothing ever changes.
    package func pollPathChange() -> PeerPathChange? { nil }

    /// There is nothing to ask for.
    package var nextPathChange: ProtocolInstant? { nil }

    /// Looks among the first of the peers, which is enough where there are few or none.
    package func peer(_ address: IPv6Address) -> PeerList? {
        guard var list = peers(limit: ControlParameter.peerLimits.upperBound) else { return nil }
        list.peers.removeAll { $0.address != address }
        return list
    }
}

extension PingPath {
    /// The way to `address` as far as a role knows it.
    init(to address: IPv6Address, from source: some ControlSource) {
        self = source.peer(address)?.peers.first.map { Self($0) } ?? .none
    }
}
