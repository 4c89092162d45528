package import TeredoLinux

/// Whether a server answers plain solicitations in the kernel.
package enum XDPChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// No: every datagram comes to the server's sockets.
    case off
    /// In the driver where it can, else before the network stack.
    case auto
    /// In the driver only.
    case native
    /// Before the network stack.
    case generic

    /// What a server needs as long as it runs.
    package var capabilities: Set<Capability> { self == .off ? [] : [.netAdmin, .bpf, .perfmon] }
}
