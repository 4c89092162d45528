/// What moves the packets of trusted peers.
package enum DataPathChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// This program.
    case userspace
    /// The kernel; this program keeps it informed and handles everything else.
    case ebpf
}
