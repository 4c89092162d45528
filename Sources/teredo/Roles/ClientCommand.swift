import ArgumentParser
import TeredoProtocol
import TeredoService
import TeredoSettings

/// `teredo client`: gives this host an IPv6 address behind an IPv4 NAT.
struct ClientCommand: RoleCommand {
    typealias Driver = ClientDriver

    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Give this host an IPv6 address behind an IPv4 NAT.",
        discussion: """
            Runs in the foreground until SIGINT or SIGTERM: makes a TUN interface, qualifies with the server, gives \
            the interface its Teredo address and routes, and removes everything when it ends. The default route has a \
            metric of 1000000, so native IPv6 always wins. Needs the capability CAP_NET_ADMIN.

              Usual:         sudo teredo client --server teredo.example.org
              Two servers:   sudo teredo client --server 192.0.2.1 --server 198.51.100.1
              Fixed port:    sudo teredo client --server 192.0.2.1 --bind 0.0.0.0:34567
              Some hosts:    sudo teredo client --server 192.0.2.1 --no-default-route \\
                               --route 2001:db8::/32
              Authenticated: sudo teredo client --server 192.0.2.1 --client-id alice \\
                               --secret-file /etc/teredo/secret
              With a file:   sudo teredo client --config /etc/teredo/client.yaml

            Every option can be set in a file, or in the environment as TEREDO_ and its name in capitals with '_' \
            for '-'; 'teredo config sample client' prints a file with all of them explained.
            """
    )

    @OptionGroup var client: ClientOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try asUsage { () throws(ConfigurationError) in try client.basics.settings.validate(common.denied) }
        guard let path = common.controlSocket else { return }
        try asUsage { () throws(ConfigurationError) in try ControlSocketPath.validate(path) }
    }

    func settings() throws -> ClientServiceConfiguration {
        var settings = try client.configuration(userName: common.user)
        settings.controlSocketPath = common.controlSocket ?? settings.controlSocketPath
        settings.controlGroup = common.controlGroup
        settings.client.denied = common.denied
        return settings
    }
}
