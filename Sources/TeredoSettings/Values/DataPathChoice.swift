package import TeredoLinux

/// What moves the packets of trusted peers.
package enum DataPathChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// This program.
    case userspace
    /// The kernel; this program keeps it informed and handles everything else.
    case ebpf

    /// What a role with an interface needs as long as it runs.
    ///
    /// The kernel's path is loaded and attached again when the host has another network, which takes all of these.
    package var capabilities: Set<Capability> {
        switch self {
        case .userspace: []
        case .ebpf: [.netAdmin, .bpf, .perfmon]
        }
    }
}
