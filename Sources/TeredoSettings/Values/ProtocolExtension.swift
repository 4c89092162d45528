/// The extensions of RFC 6081 that can be switched off, by the names of their setting.
package enum ProtocolExtension: String, CaseIterable, Hashable, Sendable {
    /// Section 3.1: a client behind a symmetric NAT is reached.
    case symmetric
    /// Section 3.2: it is reached at a port that its router forwards.
    case portMapped = "port-mapped"
    /// Section 3.3: it is reached by two NATs that keep ports.
    case portPreserving = "port-preserving"
    /// Section 3.4: its next port is guessed.
    case sequential
    /// Section 3.6: its server hears less of it.
    case serverLoadReduction = "server-load-reduction"
}
