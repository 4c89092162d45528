public import TeredoProtocol

/// What a NAT of each kind does.
extension NATKind {
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
        case .addressRestrictedAccepting, .portRestrictedAccepting, .symmetricAccepting: forgetful.acceptingBehavior
        }
    }

    /// The behaviour on a box that accepts what comes in for itself: Linux remembers that for 30 s.
    private var acceptingBehavior: NATBehavior? {
        var behavior = behavior
        behavior?.strayMemory = .seconds(30)
        return behavior
    }

    /// Whether the mapping depends on the remote endpoint.
    public var isSymmetric: Bool { behavior?.teredoClass == .symmetric }

    /// The abbreviation in docs/nat-matrix.md.
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
        case .addressRestrictedAccepting: "AR+M"
        case .portRestrictedAccepting: "PR+M"
        case .symmetricAccepting: "PS+M"
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
