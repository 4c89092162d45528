package import TeredoLinux
package import TeredoSettings
import TeredoWire

/// What moves the packets of a client or relay: part of ``ClientStatus`` and ``RelayStatus``.
package struct DataPathStatus: Hashable, Sendable, Codable {
    /// The name of the TUN interface.
    package var interface: String
    /// The MTU of the interface in octets.
    package var mtu = TeredoConstants.mtu
    /// What another program changed about the interface and is not put back, or not yet.
    package var interfaceFaults: [InterfaceFault] = []
    /// How many times something that another program changed about the interface was put back.
    package var interfaceRestorations: UInt64 = 0
    /// The offloads in force.
    package var offloads: [Offload] = []
    /// How many threads move packets.
    package var workers = 1
    /// What moves the packets of trusted peers.
    package var choice = DataPathChoice.userspace
    /// The number of peers whose packets the kernel moves.
    package var kernelPeers = 0

    /// Makes a report of the usual way through an interface.
    package init(interface: String) {
        self.interface = interface
    }

    private enum CodingKeys: String, CodingKey {
        case interface, mtu, interfaceFaults, interfaceRestorations, offloads, workers
        case choice = "dataPath"
        case kernelPeers
    }
}
