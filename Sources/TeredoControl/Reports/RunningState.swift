/// The state of roles that have one state only.
package enum RunningState: String, Hashable, Sendable, Codable {
    /// The role does what it is there for.
    case running
}
