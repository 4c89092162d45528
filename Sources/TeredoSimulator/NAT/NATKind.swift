/// The kinds of NAT of `spec/nat-matrix.md`, by the names of the command line.
public enum NATKind: String, Hashable, Sendable, CaseIterable {
    /// No NAT at all (N0).
    case none
    /// Full cone (FC).
    case fullCone = "full-cone"
    /// Address-restricted (AR).
    case addressRestricted = "address-restricted"
    /// Port-restricted (PR).
    case portRestricted = "port-restricted"
    /// Port-symmetric with random ports (PS).
    case symmetric
    /// Port-symmetric that keeps the internal port while it can (PPS).
    case portPreservingSymmetric = "port-preserving-symmetric"
    /// Port-symmetric with ports in sequence (SQS).
    case sequentialSymmetric = "sequential-symmetric"
    /// Symmetric with several external addresses (AS).
    case addressSymmetric = "address-symmetric"

    /// The behaviour, `nil` when there is no NAT.
    public var behavior: NATBehavior? {
        switch self {
        case .none: nil
        case .fullCone: NATBehavior(mapping: .endpointIndependent, filtering: .endpointIndependent)
        case .addressRestricted: NATBehavior(mapping: .endpointIndependent, filtering: .addressDependent)
        case .portRestricted: NATBehavior(mapping: .endpointIndependent, filtering: .addressAndPortDependent)
        case .symmetric: Self.symmetric(.random)
        case .portPreservingSymmetric: Self.symmetric(.preserving)
        case .sequentialSymmetric: Self.symmetric(.sequential)
        case .addressSymmetric: Self.symmetric(.random, addressCount: 4)
        }
    }

    /// Whether the mapping depends on the remote endpoint.
    public var isSymmetric: Bool { behavior?.teredoClass == .symmetric }

    private static func symmetric(_ ports: NATBehavior.PortAssignment, addressCount: Int = 1) -> NATBehavior {
        NATBehavior(
            mapping: .addressAndPortDependent,
            filtering: .addressAndPortDependent,
            portAssignment: ports,
            addressCount: addressCount
        )
    }
}
