/// How long a router is asked to keep a mapping, in the order in which it is asked: not every router knows both.
enum MappingLease: Hashable, Sendable, CaseIterable {
    /// Two hours.
    case timed
    /// For ever, and removed at the end.
    case permanent

    /// The value of NewLeaseDuration.
    var seconds: UInt32 { self == .timed ? MappingSite.lifetime : 0 }

    /// The lifetime of the mapping.
    var lifetime: Duration? { self == .timed ? .seconds(MappingSite.lifetime) : nil }
}
