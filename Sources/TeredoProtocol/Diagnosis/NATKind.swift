/// The kinds of NAT that make a difference to who reaches whom (docs/nat-matrix.md), by the names of the command line and in the order
/// of the tables there.
///
/// The diagnosis of a client tells which of them are possible; the simulator builds them.
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
    /// Port-symmetric that keeps the internal port while it can (PPS).
    case portPreservingSymmetric = "port-preserving-symmetric"
    /// Port-symmetric with ports in sequence (SQS).
    case sequentialSymmetric = "sequential-symmetric"
    /// Port-symmetric with random ports (PS).
    case symmetric
    /// Symmetric with several external addresses (AS).
    case addressSymmetric = "address-symmetric"
    /// Address-restricted, on a box that accepts what comes in for itself and remembers it (AR+M).
    case addressRestrictedAccepting = "address-restricted-accepting"
    /// Port-restricted, on such a box (PR+M).
    case portRestrictedAccepting = "port-restricted-accepting"
    /// Port-symmetric with random ports, on such a box (PS+M).
    case symmetricAccepting = "symmetric-accepting"

    /// The kinds whose mapping depends on the remote endpoint, on boxes that remember nothing.
    package static let symmetricOnes: Set<Self> = [
        .symmetricMapped, .portPreservingSymmetric, .sequentialSymmetric, .symmetric, .addressSymmetric,
    ]

    /// The kinds on boxes that drop what comes in for themselves.
    public static let forgetfulOnes = allCases.filter { $0.forgetful == $0 }

    /// The same kind of NAT on a box that drops what comes in for itself, and remembers nothing of it.
    public var forgetful: Self {
        switch self {
        case .addressRestrictedAccepting: .addressRestricted
        case .portRestrictedAccepting: .portRestricted
        case .symmetricAccepting: .symmetric
        default: self
        }
    }

    /// The same kind of NAT on a box that accepts what comes in for itself; the kind itself when that makes no difference.
    public var accepting: Self { Self.allCases.first { $0 != self && $0.forgetful == self } ?? self }

    /// Whether a client behind such a NAT reaches one behind `destination` directly when it sends first (RFC 6081 figure
    /// 1), with this difference: a router that forwards a port to the client is open to everybody, like a full cone.
    ///
    /// Boxes that remember stray packets make no difference, as opening bubbles do not get as far as there.
    package func reachesDirectly(_ destination: Self) -> Bool {
        let open: Set<Self> = [.none, .fullCone, .portRestrictedMapped]
        if open.contains(self) || open.contains(destination) { return true }
        switch (forgetful, destination.forgetful) {
        case (.addressRestricted, .addressSymmetric), (.addressSymmetric, .addressRestricted): return false
        case (.addressRestricted, _), (_, .addressRestricted), (.portRestricted, .portRestricted): return true
        case (.portRestricted, .portPreservingSymmetric), (.portRestricted, .sequentialSymmetric): return true
        case (.portPreservingSymmetric, .portRestricted), (.sequentialSymmetric, .portRestricted): return true
        case (.symmetricMapped, .symmetricMapped): return true
        case (.portPreservingSymmetric, .portPreservingSymmetric): return true
        case (.portPreservingSymmetric, .sequentialSymmetric): return true
        default: return false
        }
    }

    /// The kinds that a diagnosis leaves possible; `hasForwardedPort` is what the router did for the client.
    package static func possible(_ report: NATReport, hasForwardedPort: Bool) -> Set<Self> {
        guard report.remembersStrays != true else {
            var forgetful = report
            forgetful.remembersStrays = nil
            return Set(possible(forgetful, hasForwardedPort: hasForwardedPort).map(\.accepting))
        }
        switch (report.mapping, report.filtering) {
        case (.some(.none), .dependent): return [.addressRestricted, .portRestricted]
        case (.some(.none), _): return [.none]
        case (.endpointIndependent, _) where hasForwardedPort: return [.portRestrictedMapped]
        case (.endpointIndependent, .endpointIndependent): return [.fullCone]
        case (.endpointIndependent, .dependent): return [.addressRestricted, .portRestricted]
        case (.endpointIndependent, nil): return [.fullCone, .addressRestricted, .portRestricted]
        case (.dependent, _) where hasForwardedPort: return [.symmetricMapped]
        case (.dependent, _) where report.usesSeveralAddresses == true: return [.addressSymmetric]
        case (.dependent, _):
            switch report.portAssignment {
            case .preserved: return [.portPreservingSymmetric]
            case .sequential: return [.sequentialSymmetric]
            case .other: return [.symmetric]
            case nil: return symmetricOnes.subtracting([.symmetricMapped])
            }
        case (nil, _): return hasForwardedPort ? [.portRestrictedMapped, .symmetricMapped] : Set(allCases)
        }
    }
}
