/// What a malicious node does to the others, one thing at a time.
package enum Attack: String, Hashable, Sendable, CaseIterable {
    /// Router advertisements that nobody asked for.
    case forgedAdvertisements = "forged advertisements"
    /// Bubbles in the name of others, direct and as from a server, with origins of its choice.
    case forgedBubbles = "forged bubbles"
    /// Data in the name of clients, of native hosts and of itself.
    case forgedData = "forged data"
    /// Answers to connectivity tests.
    case forgedEchoReplies = "forged echo replies"
    /// An own Teredo address that names a server that nobody may send to.
    case forbiddenServers = "forbidden server fields"
    /// Trailers that lie: alternates, random ports, senders, siblings, transit, proofs.
    case lyingTrailers = "lying trailers"
    /// Datagrams of others once more, later.
    case replay
    /// Datagrams of others with some octets changed.
    case mutation
    /// Many datagrams at once, each from somebody else.
    case flood
    /// Ports of the clients' addresses, and random Teredo addresses from the IPv6 side.
    case scan
    /// Neighbour discovery and source routing, bare and behind extension headers.
    case neighborDiscovery = "neighbour discovery"
    /// What comes in goes back to where it came from.
    case echo
    /// ICMPv4 errors about what was never sent.
    case forgedErrors = "forged ICMP errors"
}
