// `teredo auto`.
extension Setting {
    package static let autoType = Setting(
        "type",
        .text,
        "type",
        "Whether to do anything, in the words of Windows: client (nothing on the networks of --managed-network), "
            + "enterpriseclient (there too), disabled (nothing anywhere) or default (client).",
        defaultValue: AutoType.client.rawValue
    )
    package static let managedNetwork = Setting(
        "managed-network",
        .text,
        "prefix|domain",
        "A network where nothing is done: an IPv4 prefix that the host has an address in, or a search domain of its "
            + "/etc/resolv.conf; may be repeated.",
        isList: true,
        example: "corp.example.com"
    )
    package static let native = Setting(
        "native",
        .choice(AutoPolicy.NativeRole.allCases.map(\.rawValue)),
        "role",
        "What to be on a host with native IPv6: host-relay or dormant.",
        defaultValue: AutoPolicy.NativeRole.hostRelay.rawValue
    )

    static let autoRole: [Setting] = [.autoType, .managedNetwork, .native] + client + [.peerLimit, .foreignRelay]
}
