// `teredo proxy`.
extension Setting {
    package static let listen = Setting(
        "listen",
        .streamEndpoint,
        "address:port",
        "Where programs reach the proxy (SOCKS 5, without a password); may be repeated (default: 127.0.0.1:1080 and, where the host "
            + "has it, [::1]:1080).",
        isList: true,
        example: "127.0.0.1:1080",
        roles: [.proxy]
    )
    package static let listenAnywhere = Setting(
        "listen-anywhere",
        isOn: false,
        "Let --listen name other addresses than loopback ones: whoever reaches them uses this client, and nobody is asked for a "
            + "password.",
        roles: [.proxy]
    )
}
