public import TeredoWire

/// What a client tells about itself.
extension TeredoClient {
    /// Where the client stands.
    public var status: ConnectivityStatus { connectivity.status }

    /// The server in use, once its addresses are known.
    public var server: ServerAddresses? { connectivity.context.server }

    /// The servers in order of preference, with what is known of them.
    ///
    /// An address that was only ever heard of as the secondary address of another server is not a server.
    public var servers: [ServerHealth] { connectivity.health }

    /// The service port as the host sees it.
    public var localEndpoint: UDPEndpoint? { connectivity.context.localEndpoint }

    /// The own Teredo address while qualified.
    public var address: TeredoAddress? { connectivity.context.address }

    /// The endpoint that the server sees, while qualified.
    public var mappedEndpoint: UDPEndpoint? { connectivity.context.mappedEndpoint }

    /// The endpoint that the secondary server address saw, when it was asked.
    public var secondaryMappedEndpoint: UDPEndpoint? { connectivity.context.secondaryMappedEndpoint }

    /// The kind of NAT, while qualified.
    public var natClass: NATClass? { connectivity.context.natClass }

    /// Whether the kind of NAT is not known yet and may be any moment: the secondary server address was asked.
    public var isExaminingNAT: Bool { connectivity.isExaminingNAT }

    /// Whether the NAT kept the port number of the service port; `nil` until an advertisement tells.
    public var isPortPreserving: Bool? { connectivity.context.isPortPreserving }

    /// The external endpoint that a router forwards to the service port, when a port mapping was made.
    public var portMapping: UDPEndpoint? { connectivity.context.portMapping }

    /// Whether the router with the mapping is the only NAT: it maps to the endpoint that the server sees.
    public var isReachableAtMappedEndpoint: Bool { connectivity.context.isReachableAtMappedEndpoint }

    /// The MTU of the interface in octets.
    public var mtu: Int { connectivity.mtu }

    /// The refresh interval in force.
    public var refreshInterval: Duration { connectivity.refreshInterval }

    /// The shortest time after which the NAT had forgotten the mapping towards the server; `nil` while it never did.
    public var mappingLostWithin: Duration? { connectivity.mappingLostWithin }

    /// The transit relay that is used when there is no direct way.
    public var transitRelay: UDPEndpoint? { transit.relay?.endpoint }

    /// The number of peers remembered.
    public var peerCount: Int { contacts.peers.count }

    /// The octets that wait in queues for peers; never above the configured limit.
    public var queuedOctets: Int { contacts.queuedOctets }

    /// The packets that wait in queues for peers.
    public var queuedPackets: Int { contacts.queuedPackets }

    /// What was measured about the contacts with peers.
    public var contactMeasurements: ContactMeasurements { contacts.measurements }

    /// How long it took to get an address, each time.
    public var qualificationTimes: DurationHistogram { connectivity.clock.times }

    /// When a NAT diagnosis may solicit the server too: no solicitation of the client may be unanswered, and none may
    /// be near, so that a silent server hears one in 4 s at most (SEC-39).
    package func nextForeignSolicitation(now: ProtocolInstant) -> ProtocolInstant {
        connectivity.nextForeignSolicitation(now: now)
    }
}
