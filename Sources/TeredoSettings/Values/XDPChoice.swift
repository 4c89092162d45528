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

    /// What a server needs as long as it runs: maps that are open may be used by everybody since Linux 5.19, and before that where
    /// `kernel.unprivileged_bpf_disabled` is 0.
    package var capabilities: Set<Capability> {
        self == .off || KernelRelease.running >= KernelRelease(5, 19, 0) ? [] : [.bpf]
    }
}
