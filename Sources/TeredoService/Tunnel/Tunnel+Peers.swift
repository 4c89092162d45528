import TeredoControl
import TeredoWire

/// What the machine knows of its peers. `collect` tells it before what others, worker threads or the kernel, moved for one
/// of them.
extension Tunnel where Machine: PeerMachine {
    /// At most `limit` peers.
    func peerList(limit: Int, now: ProtocolInstant, collect: (IPv6Address) -> Void) -> PeerList {
        for address in machine.peerAddresses(limit: limit) { collect(address) }
        return PeerList(machine.peerSummaries(limit: limit, now: now), total: machine.peerCount, now: now)
    }

    /// The list with one peer, or with none when nothing is known of it.
    func peerList(of address: IPv6Address, now: ProtocolInstant, collect: (IPv6Address) -> Void) -> PeerList {
        collect(address)
        let known = [machine.peerSummary(of: address, now: now)].compactMap(\.self)
        return PeerList(known, total: machine.peerCount, now: now)
    }
}
