import TeredoProtocol

// `teredo client`.
extension Setting {
    package static let server = Setting(
        "server",
        .text,
        "address|name",
        "The Teredo server; a name is resolved again when needed. May be repeated, the preferred one first: another "
            + "one takes over within 5 s of a failure.",
        isList: true,
        isRequired: true,
        example: "teredo.example.org"
    )
    package static let secondaryServer = Setting(
        "secondary-server",
        .ipv4Address,
        "address",
        "The secondary address of the server (default: the second address of the name, or primary + 1).",
        example: "192.0.2.2"
    )
    package static let serverCheckInterval = Setting(
        "server-check-interval",
        1...3600,
        2,
        "seconds",
        "Seconds between checks of the server while another one could take over, 1 to 3600; longer means less traffic "
            + "and a slower takeover."
    )
    package static let stateFile = Setting(
        "state-file",
        .text,
        "file",
        "Where port and address are kept, so that a restart does not change them (default: nowhere).",
        example: "/var/lib/teredo/client.state"
    )
    package static let refreshInterval = Setting(
        "refresh-interval",
        1...86_400,
        30,
        "seconds",
        "Seconds between refreshes of the NAT mapping, 1 to 86400."
    )
    package static let determineRefreshInterval = Setting(
        "determine-refresh-interval",
        isOn: false,
        "Find out by experiment how long the NAT keeps a mapping (RFC 4380 section 5.2.7)."
    )
    package static let clientIdentifier = Setting(
        "client-id",
        .text,
        "identifier",
        "The client identifier for secure qualification; 'hex:' and digits for octets (default: the only one in "
            + "the secret file).",
        example: "alice"
    )
    package static let secretFile = Setting(
        "secret-file",
        .text,
        "file",
        "A private file with lines 'identifier secret' for secure qualification.",
        example: "/etc/teredo/secret"
    )
    package static let conePhase = Setting(
        "cone-phase",
        isOn: false,
        "Begin qualification with the cone phase of RFC 4380, which RFC 5991 leaves out."
    )
    package static let secondaryCheck = Setting(
        "secondary-check",
        isOn: true,
        "Ask the secondary address too; leaving it out is faster, but a symmetric NAT goes unnoticed."
    )
    package static let strict = Setting(
        "strict",
        isOn: false,
        "Stay offline behind a symmetric NAT, as RFC 4380 says, instead of reaching those peers that can be reached."
    )
    package static let localDiscovery = Setting(
        "local-discovery",
        isOn: true,
        "Look for other clients on the same link by multicast (RFC 4380 section 5.2.8)."
    )
    package static let defaultRoute = Setting(
        "default-route",
        isOn: true,
        "Route all of IPv6 to the interface as a last resort, not only Teredo addresses and the prefixes of --route."
    )
    package static let route = Setting(
        "route",
        .ipv6Prefix,
        "prefix",
        "A further prefix to route to the interface; may be repeated.",
        isList: true,
        example: "2001:db8::/32"
    )
    package static let routingTable = Setting(
        "routing-table",
        .integer(RoutingTable.range),
        "number",
        "An unused routing table, 1 or higher, that sends packets from the Teredo address to the tunnel even if there "
            + "is a better default route (default: none).",
        example: "3544"
    )
    package static let transitRelay = Setting(
        "transit-relay",
        .endpoint,
        "address:port",
        "A transit relay that carries packets to peers that cannot be reached directly (default: the one that the "
            + "server announces).",
        example: "198.51.100.1:3545"
    )
    package static let useTransit = Setting(
        "transit",
        isOn: true,
        "Use a transit relay, the announced or the given one."
    )
    package static let hairpinning = Setting(
        "hairpinning",
        .choice(ClientExtensions.Hairpinning.allCases.map(\.rawValue)),
        "whom",
        "Who is told the local endpoint, for routers without hairpinning: off, same-address (peers behind the same "
            + "public address) or everyone.",
        defaultValue: ClientExtensions.Hairpinning.sameMappedAddress.rawValue
    )
    package static let portMapping = Setting(
        "port-mapping",
        .choice(PortMappingChoice.allCases.map(\.rawValue)),
        "protocol",
        "Have the router forward the service port, by PCP, NAT-PMP or UPnP: auto (one after the other), off, pcp, "
            + "nat-pmp or upnp.",
        defaultValue: PortMappingChoice.auto.rawValue
    )
    package static let disableExtension = Setting(
        "disable-extension",
        .choice(["symmetric", "port-mapped", "port-preserving", "sequential", "server-load-reduction"]),
        "name",
        "Switch off an extension of RFC 6081; may be repeated: symmetric, port-mapped, port-preserving, sequential, "
            + "server-load-reduction.",
        isList: true,
        example: "sequential"
    )

    /// Settings of a client that runs for the whole host: one that is started beside it must not take its port, its
    /// files and its socket.
    package static let longLived = Set([.bind, .stateFile, .workers, .dataPath] + common)

    static let client: [Setting] =
        [
            .server, .secondaryServer, .serverCheckInterval, .bind, .stateFile, .refreshInterval,
            .determineRefreshInterval,
            .clientIdentifier,
            .secretFile, .conePhase, .secondaryCheck, .strict, .localDiscovery, .defaultRoute, .route, .routingTable,
            .transitRelay,
            .useTransit, .hairpinning, .portMapping, .disableExtension, .peerOctets,
        ] + tunnel + common
}
