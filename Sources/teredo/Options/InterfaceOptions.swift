import ArgumentParser
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The options of the roles that have a TUN interface and one service port.
struct InterfaceOptions: ParsableArguments {
    @OptionGroup var tunnel: TunnelOptions

    @Option(.bind)
    var bind: UDPEndpoint?

    var interface: String { tunnel.interface }
    var workers: Int { tunnel.workers }
    var dataPath: DataPathChoice { tunnel.dataPath }
    var hook: String? { tunnel.hook }
    var offloads: Set<Offload> { tunnel.offloads }
}
