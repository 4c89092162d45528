/// How sure it is that a datagram is Teredo, which has no port of its own but that of servers.
package enum Sureness: String, Hashable, Sendable, CaseIterable {
    /// The addresses inside agree with the endpoints outside, or it is a solicitation or advertisement whose checksum is right.
    case certain
    /// It is well-formed and holds a Teredo address, or one of its ends was seen to be a Teredo node.
    case likely
    /// It is at the port of a server or at a known Teredo node, and is not well-formed.
    case possible

    /// How a line says it; nothing where all is clear.
    package var words: String? {
        switch self {
        case .certain: nil
        case .likely: "likely"
        case .possible: "perhaps"
        }
    }
}
