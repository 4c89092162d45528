/// The NAT kinds by the names that `teredo lab` takes (spec: NAT matrix, section 1).
package enum LabNATKind: String, CaseIterable, Hashable, Sendable {
    case none
    case fullCone = "full-cone"
    case addressRestricted = "address-restricted"
    case portRestricted = "port-restricted"
    case symmetric
    case portPreservingSymmetric = "port-preserving-symmetric"
    case sequentialSymmetric = "sequential-symmetric"
    case addressSymmetric = "address-symmetric"

    /// The class that decides who can connect.
    package var expectationClass: NATExpectationClass {
        switch self {
        case .none, .fullCone: .open
        case .addressRestricted: .addressRestricted
        case .portRestricted: .portRestricted
        case .symmetric, .portPreservingSymmetric, .sequentialSymmetric: .symmetric
        case .addressSymmetric: .addressSymmetric
        }
    }

    /// The same kind made with nftables; the kernel cannot do all of them.
    package var kernelKind: KernelNATKind? { KernelNATKind(rawValue: rawValue) }
}
