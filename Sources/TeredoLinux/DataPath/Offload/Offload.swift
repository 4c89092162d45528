/// A way to move many packets with one system call, each with a switch of its own (performance: one crossing of the
/// kernel per packet is what a tunnel costs).
package enum Offload: String, CaseIterable, Hashable, Sendable {
    /// The host's TCP super-packets are taken from the interface whole and cut here.
    case tso
    /// The host's UDP super-packets are taken from the interface whole and cut here (Linux 6.2).
    case uso
    /// Datagrams of equal length to one destination leave with one UDP_SEGMENT send (Linux 4.18).
    case udpGSO = "udp-gso"
    /// Datagrams of one sender come in with one receive (UDP_GRO, Linux 5.0).
    case udpGRO = "udp-gro"
    /// Consecutive TCP segments of a flow go to the host as one super-packet.
    case tcpCoalescing = "tcp-coalescing"
    /// Consecutive UDP datagrams of a flow go to the host as one super-packet (Linux 6.2).
    case udpCoalescing = "udp-coalescing"

    /// Those that need the header of virtio before each packet of the interface.
    package static let ofInterface: Set<Offload> = [.tso, .uso, .tcpCoalescing, .udpCoalescing]
    /// Those of the UDP socket.
    package static let ofSocket: Set<Offload> = [.udpGSO, .udpGRO]
    /// All of them.
    package static let all = Set(allCases)
}
