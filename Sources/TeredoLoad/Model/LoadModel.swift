package import TeredoWire

/// Who the clients of the load are and what they do; all times but the refresh interval are means of exponential distributions.
package struct LoadModel: Hashable, Sendable {
    /// The most clients that a load has.
    package static let largestCount = 1_000_000

    /// How many clients there are at most at once, 1 to ``largestCount``.
    package var clients = 1000
    /// The primary address of the server.
    package var server: IPv4Address
    /// Its secondary address; `nil` for a server that has one only.
    package var secondaryServer: IPv4Address?
    /// The relays, at most 32: bubbles from elsewhere are not answered.
    package var relays: [UDPEndpoint]
    /// The native IPv6 host that clients talk to; `nil` for a load of the server alone.
    package var native: IPv6Address?
    /// The mapped addresses of the clients are in here.
    package var prefix = IPv4Prefix(IPv4Address(198, 18, 0, 0), length: 15)
    /// How many clients share a mapped address, as behind the NAT of a home or of a carrier; at most 16,000.
    package var clientsPerAddress = 8
    /// How many clients a second arrive until there are as many as there may be; later ones come as others leave.
    package var arrivalsPerSecond = 100.0
    /// How long a client stays.
    package var session = Duration.seconds(1800)
    /// The longest time between two solicitations of a client; each is at random between three quarters of it and all of it.
    package var refresh = Duration.seconds(30)
    /// How long a client is silent between two conversations.
    package var pause = Duration.seconds(60)
    /// How many messages a conversation with the native host has, at least 1.
    package var messages = 5.0
    /// How long after an answer the next message of a conversation is sent.
    package var messageGap = Duration.seconds(1)
    /// The octets of data in a message, each as likely as any other: 8 to 1232.
    package var payload = 64...1200
    /// How many conversations in a thousand are with another client, to which a bubble is sent, instead of the native host.
    package var bubblesPerMille = 100

    /// Makes a model of 1000 clients.
    package init(server: IPv4Address, secondaryServer: IPv4Address?, relays: [UDPEndpoint], native: IPv6Address?) {
        self.server = server
        self.secondaryServer = secondaryServer
        self.relays = relays
        self.native = native
    }

    /// How many clients find an address and a port in a prefix.
    package static func room(in prefix: IPv4Prefix, clientsPerAddress: Int) -> Int {
        (1 << (32 - prefix.length)) * clientsPerAddress
    }
}
