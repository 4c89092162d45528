import TeredoHost
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
        example: "teredo.example.org",
        roles: .clients,
        change: .atOnce
    )
    package static let secondaryServer = Setting(
        "secondary-server",
        .ipv4Address,
        "address",
        "The secondary address of the server (default: the second address of the name, or primary + 1).",
        example: "192.0.2.2",
        roles: .clients,
        change: .withRole
    )
    package static let serverCheckInterval = Setting(
        "server-check-interval",
        1...3600,
        Seconds.number(ClientConfiguration().serverCheckInterval),
        "seconds",
        "Seconds between checks of the server while another one could take over; longer means less traffic "
            + "and a slower takeover, and checks that get lost make it longer.",
        roles: .clients,
        change: .atOnce
    )
    package static let stateFile = Setting(
        "state-file",
        .text,
        "file",
        "Where port and address are kept, so that a restart does not change them (default: nowhere).",
        example: "/var/lib/teredo/client.state",
        roles: .clients
    )
    package static let refreshInterval = Setting(
        "refresh-interval",
        1...86_400,
        Seconds.number(ClientConfiguration().refreshInterval),
        "seconds",
        "Seconds between refreshes of the NAT mapping at most; a NAT that proves to forget sooner is refreshed more often, "
            + "down to every 4 s.",
        roles: .clients,
        change: .atOnce
    )
    package static let determineRefreshInterval = Setting(
        "determine-refresh-interval",
        isOn: false,
        "Find out by experiment how long the NAT keeps a mapping (RFC 4380 section 5.2.7).",
        roles: .clients,
        change: .withRole
    )
    package static let clientIdentifier = Setting(
        "client-id",
        .text,
        "identifier",
        "The client identifier for secure qualification; 'hex:' and digits for octets (default: the only one in "
            + "the secret file).",
        example: "alice",
        roles: .clients,
        change: .atOnce
    )
    package static let secretFile = Setting(
        "secret-file",
        .text,
        "file",
        "A private file with lines 'identifier secret' for secure qualification.",
        example: "/etc/teredo/secret",
        roles: .clients,
        change: .atOnce
    )
    package static let conePhase = Setting(
        "cone-phase",
        isOn: false,
        "Begin qualification with the cone phase of RFC 4380, which RFC 5991 leaves out.",
        roles: .clients,
        change: .withRole
    )
    package static let secondaryCheck = Setting(
        "secondary-check",
        isOn: true,
        "Ask the secondary address too, beside the qualified client; without it a symmetric NAT goes unnoticed.",
        roles: .clients,
        change: .withRole
    )
    package static let strict = Setting(
        "strict",
        isOn: false,
        "Keep to the letter of RFC 4380: stay offline when the secondary address is silent, and behind a symmetric NAT, "
            + "instead of reaching those peers that can be reached.",
        roles: .clients,
        change: .withRole
    )
    package static let localDiscovery = Setting(
        "local-discovery",
        isOn: true,
        "Look for other clients on the same link by multicast (RFC 4380 section 5.2.8).",
        roles: .clients,
        change: .withRole
    )
    package static let defaultRoute = Setting(
        "default-route",
        isOn: true,
        "Route all of IPv6 to the interface as a last resort, not only Teredo addresses and the prefixes of --route.",
        roles: .clientsOfHost,
        change: .restart
    )
    package static let route = Setting(
        "route",
        .ipv6Prefix,
        "prefix",
        "A further prefix to route to the interface; may be repeated.",
        isList: true,
        example: "2001:db8::/32",
        roles: .clientsOfHost,
        change: .restart
    )
    package static let routingTable = Setting(
        "routing-table",
        .wordOrInteger(RoutingTableChoice.words, RoutingTable.range),
        "table",
        "The routing table that sends packets from the Teredo address to the tunnel, even if there is a better default "
            + "route or another client on the host: one of the interface's own (auto), none (off), or an unused number.",
        defaultValue: RoutingTableChoice.auto.rawValue,
        roles: .clientsOfHost,
        change: .restart
    )
    package static let transitRelay = Setting(
        "transit-relay",
        .endpoint,
        "address:port",
        "A transit relay that carries packets to peers that cannot be reached directly (default: the one that the "
            + "server announces).",
        example: "198.51.100.1:3545",
        roles: .clients,
        change: .atOnce
    )
    package static let useTransit = Setting(
        "transit",
        isOn: true,
        "Use a transit relay, the announced or the given one.",
        roles: .clients,
        change: .atOnce
    )
    package static let hairpinning = Setting(
        "hairpinning",
        .choice(ClientExtensions.Hairpinning.allCases.map(\.rawValue)),
        "whom",
        "Who is told the local endpoint, for routers without hairpinning: off, same-address (peers behind the same "
            + "public address) or everyone.",
        defaultValue: ClientExtensions.Hairpinning.sameMappedAddress.rawValue,
        roles: .clients,
        change: .atOnce
    )
    package static let portMapping = Setting(
        "port-mapping",
        .choice(PortMappingChoice.allCases.map(\.rawValue)),
        "protocol",
        "Have the router forward the service port, by PCP, NAT-PMP or UPnP: auto (one after the other), off, pcp, "
            + "nat-pmp or upnp.",
        defaultValue: PortMappingChoice.auto.rawValue,
        roles: .clients,
        change: .atOnce
    )
    package static let disableExtension = Setting(
        "disable-extension",
        .choice(ProtocolExtension.allCases.map(\.rawValue)),
        "name",
        "Switch off an extension of RFC 6081; may be repeated: "
            + ProtocolExtension.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        isList: true,
        example: "sequential",
        roles: .clients,
        change: .atOnce
    )

    /// Settings of a client that runs for the whole host: one that is started beside it must not take its port, its
    /// files and its socket.
    package static let longLived: Set<Setting> = [
        .bind, .stateFile, .workers, .dataPath, .controlSocket, .controlGroup, .user, .logLevel, .logFormat,
        .maskAddresses,
    ]
}
