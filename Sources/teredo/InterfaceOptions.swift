import ArgumentParser
import TeredoLinux
import TeredoService
import TeredoWire

/// The options of the roles that have a TUN interface and one service port.
struct InterfaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp(.interface))
    var interface = "teredo"

    @Option(help: ArgumentHelp(.bind), transform: OptionValue.endpoint)
    var bind: UDPEndpoint?

    @Option(name: .customLong("disable-offload"), help: ArgumentHelp(.disableOffload), transform: OptionValue.offloads)
    var disabledOffloads: [Set<Offload>] = []

    @Option(help: ArgumentHelp(.workers))
    var workers = 1

    @Option(name: .customLong("datapath"), help: ArgumentHelp(.dataPath))
    var dataPath = DataPathChoice.userspace

    /// The offloads that may be used.
    var offloads: Set<Offload> { disabledOffloads.reduce(Offload.all) { $0.subtracting($1) } }
}

extension DataPathChoice: ExpressibleByArgument {}
