/// What a role is told about its end.
package enum DrainOrder: Hashable, Sendable {
    /// Withdraw, and end when nothing is left to serve.
    case begin
    /// The same, unless there is nothing to withdraw or no time to wait: then go on.
    case beginIfAnnounced
    /// Go on, and be announced again.
    case cancel
}
