/// Whether others are to be led to a role.
enum RoleCondition: Hashable, Sendable {
    /// Nothing is wrong.
    case healthy
    /// It serves, and others do it better: a sentence why.
    case overLimits(String)
    /// It cannot serve: a sentence why.
    case unhealthy(String)
}
