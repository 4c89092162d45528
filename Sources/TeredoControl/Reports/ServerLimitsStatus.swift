package import TeredoProtocol

/// The rate limits of a server, in datagrams a second, and for how many senders and receivers they are kept.
package struct ServerLimitsStatus: Hashable, Sendable, Codable {
    /// From one address that proved nothing, and from one client.
    package var source: Int
    /// From all clients behind one address.
    package var sourceAddress: Int
    /// Bubbles from a relay that proved that it receives.
    package var relay: Int
    /// To one client.
    package var target: Int
    /// To all clients behind one address.
    package var targetAddress: Int
    /// Solicitations from one address.
    package var solicitation: Int
    /// To native IPv6, in all.
    package var native: Int
    /// Echo replies of the server itself, in all.
    package var echo: Int
    /// For how many of each the limits are kept at once.
    package var buckets: Int

    private enum CodingKeys: String, CodingKey {
        case source = "sourcePerSecond"
        case sourceAddress = "sourceAddressPerSecond"
        case relay = "relayPerSecond"
        case target = "targetPerSecond"
        case targetAddress = "targetAddressPerSecond"
        case solicitation = "solicitationPerSecond"
        case native = "nativePerSecond"
        case echo = "echoPerSecond"
        case buckets
    }

    /// The limits of a machine.
    package init(_ limits: ServerLimits) {
        source = limits.source.rate
        sourceAddress = limits.sourceAddress.rate
        relay = limits.relay.rate
        target = limits.target.rate
        targetAddress = limits.targetAddress.rate
        solicitation = limits.solicitation.rate
        native = limits.native.rate
        echo = limits.echo.rate
        buckets = limits.bucketCount
    }
}
