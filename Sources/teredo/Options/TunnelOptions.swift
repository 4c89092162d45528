import ArgumentParser
import TeredoLinux
package import TeredoSettings

/// The options of the roles that have a TUN interface.
struct TunnelOptions: ParsableArguments {
    @Option(.interface)
    var interface: String

    @Option(list: .disableOffload, transform: OptionValue.offloads)
    var disabledOffloads: [Set<Offload>]

    @Option(.workers)
    var workers: Int

    @Option(.dataPath)
    var dataPath: DataPathChoice

    @Option(.hook)
    var hook: String?

    @Option(.allow)
    var allowed: [InboundRule]

    /// The offloads that may be used.
    var offloads: Set<Offload> { disabledOffloads.reduce(Offload.all) { $0.subtracting($1) } }
}

extension DataPathChoice: ExpressibleByArgument {}
extension InboundMode: ExpressibleByArgument {}
