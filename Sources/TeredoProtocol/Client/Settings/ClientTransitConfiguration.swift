public import TeredoWire

/// What a client may use to reach peers that it cannot reach directly (docs/transit.md).
public struct ClientTransitConfiguration: Hashable, Sendable {
    /// A transit relay; `nil` to use the one that the server announces, if it does.
    public var relay: UDPEndpoint?
    /// Whether the server is asked for a transit relay when none is configured.
    public var acceptsAnnouncement = true
    /// How long the direct way is tried alone.
    ///
    /// Behind a symmetric NAT the relay is asked at once.
    public var headStart = Duration.milliseconds(200)

    /// The defaults: the relay that the server announces.
    public init() {}

    /// No transit at all.
    public static var off: Self {
        var transit = Self()
        transit.acceptsAnnouncement = false
        return transit
    }
}
