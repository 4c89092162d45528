import CTeredoLinux

/// The privileges that the roles need.
package enum Capability: String, CaseIterable, Hashable, Sendable {
    /// To make the TUN interface, its addresses and routes.
    case netAdmin = "CAP_NET_ADMIN"
    /// To send IPv6 packets with a Teredo client's source address.
    case netRaw = "CAP_NET_RAW"
    /// To load programs into the kernel.
    case bpf = "CAP_BPF"

    /// Whether this process has it.
    package var isEffective: Bool {
        let bit =
            switch self {
            case .netAdmin: TEREDO_CAP_NET_ADMIN
            case .netRaw: TEREDO_CAP_NET_RAW
            case .bpf: TEREDO_CAP_BPF
            }
        return teredo_effective_capabilities() >> UInt64(bit) & 1 == 1
    }
}
