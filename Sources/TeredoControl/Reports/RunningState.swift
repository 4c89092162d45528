/// The state of roles that serve others.
package enum RunningState: String, Hashable, Sendable, Codable {
    /// The role does what it is there for.
    case running
    /// It does, and is about to end: it has withdrawn its announcement, and serves what is established until that ends.
    case draining
}
