package import TeredoSettings

/// The answer to `drain`: what the role does now.
package struct ControlDrain: Hashable, Sendable, Codable {
    /// The role.
    package var role: Role
    /// `draining`, or `running` when that was called off.
    package var state: RunningState
    /// How far it is; absent when it does not drain.
    package var drain: DrainStatus?

    /// Describes what a role does.
    package init(role: Role, drain: DrainStatus?) {
        self.role = role
        state = drain == nil ? .running : .draining
        self.drain = drain
    }

    /// The same for people.
    package var text: String { drain.map { "draining: \($0.phrase)" } ?? "running: the \(role) does not drain" }
}
