// `teredo auto`.
extension Setting {
    package static let autoType = Setting(
        "type",
        .text,
        "type",
        "When to be active, in the words of Windows: client (not on the networks of --managed-network), "
            + "enterpriseclient (there too), disabled (never) or default (client).",
        defaultValue: AutoType.client.rawValue,
        roles: [.auto],
        change: .atOnce
    )
    package static let managedNetwork = Setting(
        "managed-network",
        .text,
        "prefix|domain",
        "A network to stay dormant on: an IPv4 prefix that the host has an address in, or a search domain in its "
            + "/etc/resolv.conf; may be repeated.",
        isList: true,
        example: "corp.example.com",
        roles: [.auto],
        change: .atOnce
    )
    package static let native = Setting(
        "native",
        .choice(AutoPolicy.NativeRole.allCases.map(\.rawValue)),
        "role",
        "What to be on a host with native IPv6: host-relay or dormant.",
        defaultValue: AutoPolicy.NativeRole.hostRelay.rawValue,
        roles: [.auto],
        change: .atOnce
    )
    package static let nativeByAddress = Setting(
        "native-by-address",
        isOn: false,
        "Take a global IPv6 address for native IPv6 by itself, without a default route.",
        roles: [.auto],
        change: .atOnce
    )

    /// What `teredo auto` decides by, whichever role runs.
    package static let deciding: Set<Setting> = [.autoType, .managedNetwork, .native, .nativeByAddress]
}
