/// What somebody was seen to be.
package enum PartyRole: String, Hashable, Sendable, CaseIterable {
    case client
    case server
    case relay
    /// Everybody on a link, by multicast.
    case link
    /// Nothing is known yet.
    case unknown
}
