package import TeredoLinux

/// The maps of the data path that a role without capabilities works with: it reads and writes them through descriptors that it is
/// given, for which the kernel wants no capability (since Linux 5.19).
///
/// What says which interfaces and which port there are is not among them.
package enum KernelPathMap: String, CaseIterable, Hashable, Sendable {
    /// Where the packets of peers come from and go to.
    case peers
    /// The native addresses that are served.
    case natives
    /// What was carried.
    case counters

    /// The name that the programs know it by.
    package var name: String {
        switch self {
        case .peers: "peers_map"
        case .natives: "native_map"
        case .counters: "counters_map"
        }
    }

    /// Takes over a map of a path whose programs another process loaded.
    package func adopt(_ descriptor: CInt) throws(SystemError) -> BPFMap {
        try BPFMap(adopting: descriptor, EmbeddedPrograms.dataPath().map(named: name))
    }
}
