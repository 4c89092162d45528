package import TeredoProtocol

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
    /// Port-restricted with a port that it forwards to the client (UPR).
    case portRestrictedMapped = "port-restricted-upnp"
    /// Port-symmetric with a port that it forwards to the client (USY): the first mapping of the client's port uses it.
    case symmetricMapped = "symmetric-upnp"
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
        case .portRestrictedMapped:
            NATBehavior(
                mapping: .endpointIndependent,
                filtering: .addressAndPortDependent,
                forwardsPorts: true
            )
        case .symmetricMapped: Self.symmetric(.random, forwardsPorts: true)
        case .symmetric: Self.symmetric(.random)
        case .portPreservingSymmetric: Self.symmetric(.preserving)
        case .sequentialSymmetric: Self.symmetric(.sequential)
        case .addressSymmetric: Self.symmetric(.random, addressCount: 4)
        }
    }

    /// Whether the mapping depends on the remote endpoint.
    public var isSymmetric: Bool { behavior?.teredoClass == .symmetric }

    /// What the kind means for who reaches whom.
    package var traversalClass: TraversalClass {
        switch self {
        case .none: .none
        case .fullCone: .fullCone
        case .addressRestricted: .addressRestricted
        case .portRestricted: .portRestricted
        case .portRestrictedMapped: .portRestrictedMapped
        case .symmetricMapped: .symmetricMapped
        case .symmetric: .symmetric
        case .portPreservingSymmetric: .portPreservingSymmetric
        case .sequentialSymmetric: .sequentialSymmetric
        case .addressSymmetric: .addressSymmetric
        }
    }

    /// The abbreviation of the NAT matrix.
    public var abbreviation: String {
        switch self {
        case .none: "N0"
        case .fullCone: "FC"
        case .addressRestricted: "AR"
        case .portRestricted: "PR"
        case .portRestrictedMapped: "UPR"
        case .symmetricMapped: "USY"
        case .portPreservingSymmetric: "PPS"
        case .sequentialSymmetric: "SQS"
        case .symmetric: "PS"
        case .addressSymmetric: "AS"
        }
    }

    private static func symmetric(
        _ ports: NATBehavior.PortAssignment,
        forwardsPorts: Bool = false,
        addressCount: Int = 1
    ) -> NATBehavior {
        NATBehavior(
            mapping: .addressAndPortDependent,
            filtering: .addressAndPortDependent,
            portAssignment: ports,
            forwardsPorts: forwardsPorts,
            addressCount: addressCount
        )
    }
}
