import TeredoHost
package import TeredoLinux

/// What a role with an interface is told about the interface, and about what moves packets through it.
package struct TunnelSettings: Hashable, Sendable {
    /// The name of the TUN interface.
    package var interfaceName = InterfaceName.standard
    /// The ways to move many packets at once that may be used, where the kernel has them.
    package var offloads = Offload.all
    /// How many threads move packets, the one with the machine included.
    package var workers = WorkerCount.standard
    /// What moves the packets of trusted peers.
    package var dataPath = DataPathChoice.userspace
    /// The program that is run when address or interface come or go; `nil` for none.
    package var hook: String?

    /// The defaults.
    package init() {}

    /// Throws for the first value that cannot be used.
    func validate() throws(ConfigurationError) {
        try InterfaceName.validate(interfaceName)
        try WorkerCount.validate(workers)
    }
}
