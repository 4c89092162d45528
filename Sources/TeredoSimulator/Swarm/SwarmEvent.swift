/// What befalls the world of a swarm run, at a moment that the seed chooses.
enum SwarmEvent: String, Hashable, Sendable, CaseIterable {
    /// Every NAT forgets its mappings.
    case rebinding
    /// A server is away for a while.
    case serverOutage = "server outage"
    /// All servers are.
    case outageOfAllServers = "outage of all servers"
    /// A relay's process ends, and another begins that knows nothing.
    case relayRestart = "relay restart"
    /// The Internet lets nothing pass for a while.
    case blackout
    /// A host gets another address on its LAN.
    case move = "address change"
    /// A host is suspended for a while.
    case sleep = "suspended host"
    /// A NAT filters by other rules for a while.
    case otherFilter = "other filter"
    /// The Internet is much worse for a while.
    case storm
}
