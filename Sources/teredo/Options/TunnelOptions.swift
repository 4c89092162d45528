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

    /// What they say about the interface and what moves packets through it.
    var settings: TunnelSettings {
        var settings = TunnelSettings()
        settings.interfaceName = interface
        settings.offloads = disabledOffloads.reduce(Offload.all) { $0.subtracting($1) }
        settings.workers = workers
        settings.dataPath = dataPath
        settings.hook = hook
        return settings
    }
}

extension DataPathChoice: ExpressibleByArgument {}
extension InboundMode: ExpressibleByArgument {}
