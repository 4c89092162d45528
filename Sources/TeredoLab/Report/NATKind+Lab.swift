package import TeredoProtocol
import TeredoSimulator

extension NATKind {
    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted: .addressRestricted
        case .portRestricted, .portRestrictedMapped: .portRestricted
        case .symmetric, .symmetricMapped, .portPreservingSymmetric, .sequentialSymmetric: .symmetric
        case .addressSymmetric: .addressSymmetric
        }
    }

    /// The same kind made with nftables; the kernel cannot do all of them.
    package var kernelKind: KernelNATKind? { KernelNATKind(rawValue: rawValue) }
}
