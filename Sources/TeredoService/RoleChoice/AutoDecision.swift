import TeredoControl
import TeredoSettings

/// What `teredo auto` is to be.
struct AutoDecision: Hashable, Sendable {
    /// The role.
    let role: AutoRole
    /// Why.
    let cause: RoleCause
    /// The same for people.
    let reason: String
    /// Whether it does not wait until the host's network has settled: what is forbidden ends at once.
    var isImmediate = false
}
