import ArgumentParser
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The options of the roles that have a TUN interface and one service port.
struct InterfaceOptions: ParsableArguments {
    @OptionGroup var tunnel: TunnelOptions

    @Option(.bind)
    var bind: UDPEndpoint?
}
