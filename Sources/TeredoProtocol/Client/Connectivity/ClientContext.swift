import TeredoWire

/// Who and where a client is, and what it is set to: what every part of it may read and only ``Connectivity`` changes.
struct ClientContext: Sendable {
    private(set) var configuration: ClientConfiguration
    let authenticator: any MessageAuthenticator
    let bubbleKey: BubbleKey
    /// The configured filter with the host's subnets and addresses added.
    private(set) var filter: GlobalUnicastFilter
    private(set) var subnets: [IPv4Prefix] = []
    /// The other IPv4 addresses of the host: what is sent there would only come back (SEC-50).
    private var ownAddresses: [IPv4Address] = []
    /// The service port as the host sees it.
    private(set) var localEndpoint: UDPEndpoint?
    /// The external endpoint that a router forwards to the service port.
    private(set) var portMapping: UDPEndpoint?
    /// The server in use, once its addresses are known.
    private(set) var server: ServerAddresses?
    /// The own address while qualified.
    private(set) var address: TeredoAddress?
    /// The own address as it stands in packets.
    private(set) var own = IPv6Address.unspecified
    /// The kind of NAT while qualified.
    private(set) var natClass: NATClass?
    /// Whether the NAT kept the port number of the service port; `nil` until an advertisement tells.
    private(set) var isPortPreserving: Bool?
    /// The server address that told that.
    private var portWitness: IPv4Address?
    /// The endpoint that the secondary server address saw, when it was asked.
    private(set) var secondaryMappedEndpoint: UDPEndpoint?
    /// How long the server in use takes to answer; `nil` before it did.
    private(set) var roundTrip: Duration?
    /// What answers for the first hops of the way out.
    private(set) var nearHops = NearHops()
    /// The transit relay that is used when there is no direct way.
    private var transitRelay: UDPEndpoint?

    init(
        configuration: ClientConfiguration,
        authenticator: any MessageAuthenticator,
        using random: inout RandomSource
    ) {
        self.configuration = configuration
        self.authenticator = authenticator
        bubbleKey = BubbleKey(authenticator: authenticator, using: &random)
        filter = configuration.filter
    }

    /// The endpoint that the server sees, while qualified.
    var mappedEndpoint: UDPEndpoint? { address?.mappedEndpoint }

    /// The extensions of RFC 6081 that are on.
    var extensions: ClientExtensions { configuration.extensions }

    /// The transit relay to name to a peer; `nil` when the peer's server, which is ours too, told it of the same one.
    func relay(toNameTo peer: TeredoAddress) -> UDPEndpoint? {
        peer.server == server?.primary && configuration.transit.relay == nil ? nil : transitRelay
    }

    /// Whether there may be packets that a relay carries, ours or one of a peer.
    var usesTransit: Bool { configuration.transit.relay != nil || configuration.transit.acceptsAnnouncement }

    /// Where solicitations and bubbles to the client's own server go.
    var serverEndpoint: UDPEndpoint? { server.map { UDPEndpoint($0.primary, TeredoConstants.udpPort) } }

    /// The same as a destination; `nil` without a server, or when nothing may be sent to it (SEC-34).
    var serverDestination: Destination? { server.flatMap { filter.destination(server: $0.primary) } }

    /// How this client solicits and judges the answers.
    var exchange: SolicitationExchange {
        SolicitationExchange(
            linkLocalIdentifier: configuration.linkLocalIdentifier,
            secret: configuration.secret,
            authenticator: authenticator,
            filter: filter
        )
    }

    /// Checks an advertisement that answers the solicitation with `nonce` to the client's own server, or names one of `others`.
    func validate(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        nonce: UInt64,
        coneBit: Bool,
        orOneOf others: [IPv4Address] = []
    ) -> Result<SolicitationExchange.Answer, SolicitationExchange.Rejection> {
        exchange.validate(
            datagram,
            in: bytes,
            nonce: nonce,
            coneBit: coneBit,
            server: server?.primary,
            orOneOf: others
        )
    }

    /// The pause of at least `shortest` before a datagram is repeated whose answer comes through servers.
    ///
    /// It follows the measured round trip: such an answer takes one to the server and what the peer's side takes. The longest
    /// is 8 s, so that an exchange of four attempts ends within the 30 s for which its nonces are good.
    func patience(atLeast shortest: Duration = RFC4380.retryInterval) -> Duration {
        max(shortest, min((roundTrip ?? .zero) * 3 / 2, Self.longestPatience))
    }

    private static let longestPatience = Duration.milliseconds(7500)

    /// Where ICMPv6 errors to the host come from.
    var errorSource: IPv6Address { address == nil ? exchange.linkLocal(coneBit: false) : own }

    /// The IPv4 time to live with which a bubble opens one's own NATs and dies beyond them; `nil` when that is not known, or not
    /// wanted.
    var openerTimeToLive: UInt8? {
        guard configuration.limitsOpeners else { return nil }
        return nearHops.openerTimeToLive(
            local: localEndpoint?.address,
            mapped: mappedEndpoint?.address,
            filter: configuration.filter
        )
    }

    /// Whether an address is on a subnet of the host.
    func isOnLink(_ address: IPv4Address) -> Bool { subnets.contains { $0.contains(address) } }

    /// Whether a packet is a bubble to the link-local address that only the claimed sender could learn (R9a, SEC-11).
    func vouches(for header: IPv6Header) -> Bool {
        guard header.isBubble, configuration.usesKeyedBubbles, let peer = TeredoAddress(header.source) else {
            return false
        }
        return bubbleKey.vouches(forPeerAt: peer.mappedEndpoint, destination: header.destination)
    }
}

// MARK: - Changes

extension ClientContext {
    mutating func setNetwork(localEndpoint: UDPEndpoint?, subnets: [IPv4Prefix]) {
        if localEndpoint != self.localEndpoint {
            nearHops = NearHops()
            isPortPreserving = nil
        }
        self.localEndpoint = localEndpoint
        self.subnets = subnets
        completeFilter()
    }

    mutating func setOwnAddresses(_ addresses: [IPv4Address]) {
        ownAddresses = addresses
        completeFilter()
    }

    private mutating func completeFilter() {
        filter = configuration.filter
        filter.attachedSubnets += subnets
        filter.ownAddresses += ownAddresses
        if let localEndpoint { filter.ownAddresses.append(localEndpoint.address) }
        // Nobody else is where this client is (SEC-52).
        if let mappedEndpoint { filter.ownEndpoints.append(mappedEndpoint) }
    }

    mutating func setNearHops(_ hops: NearHops) { nearHops = hops }

    mutating func setTransitRelay(_ relay: UDPEndpoint?) { transitRelay = relay }

    mutating func setPortMapping(_ external: UDPEndpoint?) { portMapping = external }

    mutating func use(_ server: ServerAddresses) { self.server = server }

    /// The client is qualified.
    mutating func take(_ address: TeredoAddress, natClass: NATClass) {
        self.address = address
        own = address.ipv6
        self.natClass = natClass
        completeFilter()
    }

    /// The kind of NAT is known better.
    mutating func classify(_ natClass: NATClass) { self.natClass = natClass }

    /// The client has no address any more.
    mutating func dropAddress() {
        address = nil
        own = .unspecified
        natClass = nil
        completeFilter()
    }

    /// An address of a server sees the service port at `endpoint` (PP-1).
    ///
    /// A symmetric NAT that keeps port numbers keeps that of the service port for one destination only, perhaps for one that was asked
    /// in vain before the server in use: whoever sees it kept proves it, and that another one sees another number does not speak against
    /// it.
    mutating func notePort(_ endpoint: UDPEndpoint, seenBy address: IPv4Address) {
        let keepsPort = endpoint.port == localEndpoint?.port
        guard keepsPort || isPortPreserving != true || portWitness == address else { return }
        isPortPreserving = keepsPort
        portWitness = address
    }

    /// The server in use takes this long to answer.
    mutating func noteRoundTrip(_ roundTrip: Duration?) { self.roundTrip = roundTrip }

    /// The secondary server address sees it at `endpoint`; `nil` before it was asked.
    mutating func noteSecondary(_ endpoint: UDPEndpoint?) { secondaryMappedEndpoint = endpoint }

    /// Takes over the settings that can change without another address.
    mutating func adopt(_ fresh: ClientConfiguration) { configuration.adopt(fresh) }
}
