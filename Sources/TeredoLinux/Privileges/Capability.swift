import CTeredoLinux

/// The privileges that the roles need.
package enum Capability: String, CaseIterable, Hashable, Sendable {
    /// To make the TUN interface, its addresses and routes.
    case netAdmin = "CAP_NET_ADMIN"
    /// To send IPv6 packets with a Teredo client's source address.
    case netRaw = "CAP_NET_RAW"
    /// To load programs into the kernel.
    case bpf = "CAP_BPF"
    /// To load programs that the kernel checks less narrowly.
    case perfmon = "CAP_PERFMON"
    /// To use files whatever their permissions say.
    case dacOverride = "CAP_DAC_OVERRIDE"

    /// To bind ports below 1024.
    case netBindService = "CAP_NET_BIND_SERVICE"

    /// Whether this process has it.
    package var isEffective: Bool { teredo_effective_capabilities() & mask != 0 }

    /// Its bit.
    var mask: UInt64 {
        switch self {
        case .netAdmin: 1 << UInt64(TEREDO_CAP_NET_ADMIN)
        case .netRaw: 1 << UInt64(TEREDO_CAP_NET_RAW)
        case .bpf: 1 << UInt64(TEREDO_CAP_BPF)
        case .perfmon: 1 << UInt64(TEREDO_CAP_PERFMON)
        case .netBindService: 1 << UInt64(TEREDO_CAP_NET_BIND_SERVICE)
        case .dacOverride: 1 << UInt64(TEREDO_CAP_DAC_OVERRIDE)
        }
    }
}
