/// What the machines of a long run held at the end of an hour of virtual time, and what went through in it.
package struct SoakHour: Hashable, Sendable {
    /// Which hour it was, from 1 on.
    package let number: Int
    /// The most peers that a client had at the end of a minute of it.
    package var clientPeers = 0
    /// The most clients that a relay knew at the end of a minute of it.
    package var relayClients = 0
    /// The most octets that wait for a way in all queues together, at the end of a minute of it.
    package var queuedOctets = 0
    /// How many datagrams were sent, those of the malicious node included.
    package var datagrams = 0
    /// How often a host tried for 12 s to reach another one, and how often that answered.
    package var contacts = 0
    package var answered = 0

    /// Makes an hour in which nothing happened yet.
    package init(number: Int) {
        self.number = number
    }
}
