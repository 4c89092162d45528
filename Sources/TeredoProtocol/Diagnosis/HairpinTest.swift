import TeredoWire

/// Two probe ports send bubbles to each other's external endpoint (RFC 4787 section 6).
struct HairpinTest: Sendable {
    let mainEndpoint: UDPEndpoint
    let otherEndpoint: UDPEndpoint
    private let mainAddress: IPv6Address
    private let otherAddress: IPv6Address
    private(set) var roundsSent = 0
    private(set) var deadline: ProtocolInstant?
    private(set) var result: NATReport.Hairpinning?

    /// The addresses carry random numbers, so that nobody else can answer.
    init(main: UDPEndpoint, other: UDPEndpoint, using generator: inout any RandomNumberGenerator & Sendable) {
        mainEndpoint = main
        otherEndpoint = other
        mainAddress = TeredoLinkLocal.keyed(identifier: generator.next())
        otherAddress = TeredoLinkLocal.keyed(identifier: generator.next())
    }

    static let roundLimit = 3
    private static let pause = Duration.milliseconds(200)

    var isOver: Bool { result != nil || (roundsSent > 0 && deadline == nil) }

    /// The bubbles of a round: the first opens a filter that the second needs.
    mutating func nextRound(now: ProtocolInstant) -> [(port: ProbePort, destination: UDPEndpoint, bubble: TeredoBubble)]
    {
        guard roundsSent < Self.roundLimit else {
            deadline = nil
            return []
        }
        roundsSent += 1
        deadline = now + (roundsSent < Self.roundLimit ? Self.pause : Self.pause * 2)
        return [
            (.main, otherEndpoint, TeredoBubble(source: mainAddress, destination: otherAddress)),
            (.hairpin, mainEndpoint, TeredoBubble(source: otherAddress, destination: mainAddress)),
        ]
    }

    /// Whether `header` on `port` is a bubble of this test; the source tells how the NAT turned it around.
    mutating func accept(_ header: IPv6Header, from source: UDPEndpoint, on port: ProbePort) -> Bool {
        let isOurs =
            switch port {
            case .main: header.source == otherAddress && header.destination == mainAddress
            case .hairpin: header.source == mainAddress && header.destination == otherAddress
            case .extra, .filtering, .lifetime: false
            }
        guard isOurs else { return false }
        let isExternal = source.address == mainEndpoint.address || source.address == otherEndpoint.address
        result = isExternal ? .externalSource : result ?? .internalSource
        deadline = nil
        return true
    }
}
