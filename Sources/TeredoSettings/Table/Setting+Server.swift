import TeredoProtocol

// `teredo server`.
extension Setting {
    package static let address = Setting(
        "address",
        .ipv4Address,
        "address",
        "The primary address, which becomes part of the clients' addresses.",
        isRequired: true,
        example: "192.0.2.1",
        roles: .servers
    )
    package static let secondaryAddress = Setting(
        "secondary-address",
        .ipv4Address,
        "address",
        "The secondary address (default: the primary one + 1).",
        example: "192.0.2.2",
        roles: [.server]
    )
    package static let secretsFile = Setting(
        "secrets-file",
        .text,
        "file",
        "A file with the clients for secure qualification and their secrets.",
        example: "/etc/teredo/secrets",
        roles: .servers,
        change: .atOnce
    )
    package static let fleetKeyFile = Setting(
        "fleet-key-file",
        .text,
        "file",
        "A file with the secret keys that all members of a fleet share, one a line: the first makes, all are accepted "
            + "(docs/fleet.md).",
        example: "/etc/teredo/fleet-key",
        roles: [.server, .relay, .gateway],
        change: .atOnce
    )
    package static let requireAuthentication = Setting(
        "require-authentication",
        isOn: false,
        "Answer only clients that authenticate themselves.",
        roles: .servers,
        change: .atOnce
    )
    package static let rate = Setting(
        "rate",
        rates,
        ServerLimits().source.rate,
        "count",
        "The largest number of datagrams per second from one client, or from one IPv4 address that proved nothing.",
        roles: .servers,
        change: .atOnce
    )
    package static let addressRate = Setting(
        "address-rate",
        rates,
        ServerLimits().sourceAddress.rate,
        "count",
        "The largest number of datagrams per second from all clients behind one IPv4 address.",
        roles: .servers,
        change: .atOnce
    )
    package static let relayRate = Setting(
        "relay-rate",
        rates,
        ServerLimits().relay.rate,
        "count",
        "The largest number of bubbles per second from one relay that proved that it receives (docs/trailers.md).",
        roles: .servers,
        change: .atOnce
    )
    package static let targetRate = Setting(
        "target-rate",
        rates,
        ServerLimits().target.rate,
        "count",
        "The largest number of datagrams per second to one client.",
        roles: .servers,
        change: .atOnce
    )
    package static let targetAddressRate = Setting(
        "target-address-rate",
        rates,
        ServerLimits().targetAddress.rate,
        "count",
        "The largest number of datagrams per second to all clients behind one IPv4 address.",
        roles: .servers,
        change: .atOnce
    )
    package static let solicitationRate = Setting(
        "solicitation-rate",
        rates,
        ServerLimits().solicitation.rate,
        "count",
        "The largest number of solicitations per second from one IPv4 address, which many clients may share.",
        roles: .servers,
        change: .atOnce
    )
    package static let nativeRate = Setting(
        "native-rate",
        rates,
        ServerLimits().native.rate,
        "count",
        "The largest number of packets per second to native IPv6 in all.",
        roles: .servers,
        change: .atOnce
    )
    package static let echoRate = Setting(
        "echo-rate",
        rates,
        ServerLimits().echo.rate,
        "count",
        "The largest number of echo replies and transit announcements per second in all.",
        roles: .servers,
        change: .atOnce
    )
    package static let rateTable = Setting(
        "rate-table",
        64...4_000_000,
        ServerLimits().bucketCount,
        "count",
        "How many IPv4 addresses and ports each limit tells apart at the same time; each takes 48 octets.",
        roles: .servers,
        change: .atOnce
    )
    package static let toleratePortMismatch = Setting(
        "tolerate-port-mismatch",
        isOn: false,
        "Let bubbles of own clients pass even when their NAT gave them another port (for symmetric NATs).",
        roles: .servers,
        change: .atOnce
    )
    package static let announceTransit = Setting(
        "announce-transit",
        .endpoint,
        "address:port",
        "The transit relay to name to clients that ask for one ('teredo relay --transit'; docs/transit.md).",
        example: "198.51.100.1:3545",
        roles: .servers,
        change: .atOnce
    )
    package static let xdp = Setting(
        "xdp",
        .choice(XDPChoice.allCases.map(\.rawValue)),
        "mode",
        "Answer plain solicitations in the kernel before they reach the firewall: auto, native (in the driver), "
            + "generic or off. Needs CAP_BPF and CAP_NET_ADMIN.",
        defaultValue: XDPChoice.off.rawValue,
        roles: [.server]
    )
    package static let serverWorkers = Setting(
        "workers",
        WorkerCount.range,
        WorkerCount.standard,
        "count",
        "Threads that answer; clients are divided among them.",
        roles: [.server]
    )

    /// What a rate may be, in datagrams per second.
    private static let rates = 1...1_000_000
}
