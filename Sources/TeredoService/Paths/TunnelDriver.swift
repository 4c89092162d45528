import TeredoControl
import TeredoProtocol
import TeredoWire

/// A driver of a machine with a tunnel: what clients and relays answer alike to those who ask on the control socket.
protocol TunnelDriver: PartDriver {
    associatedtype Machine: PeerMachine

    var tunnel: Tunnel<Machine> { get }
    /// What moves packets beside this thread.
    var movers: [any PathMover] { get }
    /// What may come out of the tunnel; `nil` where nothing waits for what is not asked for.
    var inboundGate: InboundGate? { get }
}

extension TunnelDriver {
    package func peers(limit: Int) -> PeerList? {
        tunnel.peerList(limit: limit, now: runtime.now, collect: movers.recordActivity)
    }

    package func peer(_ address: IPv6Address) -> PeerList? {
        tunnel.peerList(of: address, now: runtime.now, collect: movers.recordActivity)
    }

    package func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        guard let gate = inboundGate else {
            throw ControlError(code: .notAvailable, message: "nothing may come in: a proxy listens for nobody outside")
        }
        return try gate.change(change)
    }

    package func watchPaths(_ isOn: Bool) { tunnel.machine.watchPaths(isOn) }

    package func pollPathChange() -> PeerPathChange? { tunnel.machine.pollPathChange(now: runtime.now) }

    package var nextPathChange: ProtocolInstant? { tunnel.machine.nextPathChange }
}
