import ArgumentParser
import TeredoLinux
package import TeredoSettings

/// The options of the roles that have a TUN interface.
struct TunnelOptions: ParsableArguments {
    @Option(help: ArgumentHelp(.interface))
    var interface = "teredo"

    @Option(name: .customLong("disable-offload"), help: ArgumentHelp(.disableOffload), transform: OptionValue.offloads)
    var disabledOffloads: [Set<Offload>] = []

    @Option(help: ArgumentHelp(.workers))
    var workers = 1

    @Option(name: .customLong("datapath"), help: ArgumentHelp(.dataPath))
    var dataPath = DataPathChoice.userspace

    @Option(help: ArgumentHelp(.hook))
    var hook: String?

    /// The offloads that may be used.
    var offloads: Set<Offload> { disabledOffloads.reduce(Offload.all) { $0.subtracting($1) } }
}

extension DataPathChoice: ExpressibleByArgument {}
