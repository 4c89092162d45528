// `teredo gateway`.
extension Setting {
    package static let gatewaySecondaryAddress = Setting(
        secondaryAddress.key,
        secondaryAddress.kind,
        secondaryAddress.valueName,
        "The secondary address; without one, clients cannot find out whether their NAT is symmetric (docs/gateway.md).",
        example: secondaryAddress.example,
        roles: [.gateway]
    )
    package static let gatewayBind = Setting(
        bind.key,
        bind.kind,
        bind.valueName,
        "IPv4 address and UDP port of the relay (default: the primary address, port 3545).",
        example: "192.0.2.1:3545",
        roles: [.gateway]
    )
}
