import CTeredoLinux
import Glibc

/// Where a program sees packets.
package enum BPFAttachment: String, Hashable, Sendable {
    /// In the driver, before the kernel makes a packet of what it received.
    case xdpNative = "native"
    /// Before the network stack, with any driver.
    case xdpGeneric = "generic"
    /// After reception, before the network protocols.
    case ingress
    /// Before transmission.
    case egress

    var programType: UInt32 {
        switch self {
        case .xdpNative, .xdpGeneric: UInt32(TEREDO_BPF_PROGRAM_XDP)
        case .ingress, .egress: UInt32(TEREDO_BPF_PROGRAM_TC)
        }
    }

    var kernelNumber: UInt32 {
        switch self {
        case .xdpNative, .xdpGeneric: UInt32(TEREDO_BPF_ATTACH_XDP)
        case .ingress: UInt32(TEREDO_BPF_ATTACH_TCX_INGRESS)
        case .egress: UInt32(TEREDO_BPF_ATTACH_TCX_EGRESS)
        }
    }

    var kernelFlags: UInt32 {
        switch self {
        case .xdpNative: UInt32(TEREDO_XDP_NATIVE)
        case .xdpGeneric: UInt32(TEREDO_XDP_GENERIC)
        case .ingress, .egress: 0
        }
    }

    /// The error of the attachment that has just failed.
    func failure(_ interface: String) -> SystemError {
        let remedy =
            switch (self, errno) {
            case (_, EPERM): "attaching programs needs CAP_NET_ADMIN"
            case (.xdpNative, EOPNOTSUPP): "the driver of this interface does not support XDP; use generic mode"
            case (.xdpNative, EINVAL), (.xdpNative, E2BIG), (.xdpNative, ERANGE):
                "the driver refuses XDP with its current settings, often because of the MTU or LRO; use generic mode"
            case (.xdpNative, EBUSY), (.xdpNative, EEXIST), (.xdpGeneric, EBUSY), (.xdpGeneric, EEXIST):
                "another XDP program is attached to this interface ('ip link show' names it)"
            case (.ingress, EINVAL), (.egress, EINVAL): "attaching programs in this way needs Linux 6.6 or later"
            default: ""
            }
        return SystemError("bpf(BPF_LINK_CREATE)", "interface \(interface)", remedy: remedy)
    }
}
