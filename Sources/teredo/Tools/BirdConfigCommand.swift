import ArgumentParser
import TeredoHost
import TeredoLinux
import TeredoService
import TeredoSettings
import TeredoWire

/// `teredo bird-config`: the configuration of BIRD 2 that announces a role by BGP.
struct BirdConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bird-config",
        abstract: "Print a configuration of BIRD 2 that announces a server, relay or gateway by BGP.",
        usage: "teredo bird-config <role> [<options>]",
        discussion: """
            BIRD learns the routes that the role keeps in its --announce-table while it is healthy, and passes on those and \
            nothing else: 2001::/32 for a relay or gateway, to a neighbour with an IPv6 address, and the addresses of a \
            server that several hosts have (anycast), to one with an IPv4 address. With BFD a host that dies is noticed \
            after three intervals. The role itself is to have the same announce-table (docs/fleet.md).

              A relay:     teredo bird-config relay --router-id 198.51.100.10 \\
                             --as 64512 --neighbor 2001:db8::1 --neighbor-as 64513
              By a file:   teredo bird-config server \\
                             --config /etc/teredo/server.yaml \\
                             --router-id 198.51.100.10 --as 64512 \\
                             --neighbor 198.51.100.1 --neighbor-as 64513
              Use it:      teredo bird-config … | sudo tee /etc/bird/bird.conf
                           sudo birdc configure
            """
    )

    @Argument(help: "The role: server, relay or gateway.")
    var role: Role

    @Option(help: ArgumentHelp("The settings file of the role, for its table and addresses.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The table of the role (default: that of --config, else 3544).", valueName: "number"))
    var announceTable: Int?

    @Option(
        help: ArgumentHelp("The router id, an IPv4 address of this host.", valueName: "address"),
        transform: BirdConfigCommand.address
    )
    var routerId: IPv4Address

    @Option(name: .customLong("as"), help: ArgumentHelp("The autonomous system of this host.", valueName: "number"))
    var localSystem: Int

    @Option(
        help: ArgumentHelp("The IPv6 or IPv4 address of a router; may be repeated.", valueName: "address"),
        transform: BirdConfigCommand.neighbor
    )
    var neighbor: [BirdConfiguration.Neighbor] = []

    @Option(help: ArgumentHelp("The autonomous system of the routers.", valueName: "number"))
    var neighborAs: Int

    @Option(
        help: ArgumentHelp(
            "An address of a server to announce; may be repeated (default: those of --config).",
            valueName: "address"
        ),
        transform: BirdConfigCommand.address
    )
    var address: [IPv4Address] = []

    @Option(help: ArgumentHelp("How often BFD says that this host lives, in ms, 10 to 60000.", valueName: "ms"))
    var bfdInterval = BirdConfiguration.usualBFDInterval

    @Flag(inversion: .prefixedNo, help: "Use BFD, which the routers have to know too.")
    var bfd = true

    func validate() throws {
        guard [.server, .relay, .gateway].contains(role) else {
            throw ValidationError("\(role): only a server, relay or gateway is announced; use one of these")
        }
    }

    func run() throws {
        let settings = try config.map {
            try EffectiveSettings(
                role: role,
                file: try SettingsFile(path: $0),
                environment: ChildProcess.environmentVariable
            )
        }
        let configuration = BirdConfiguration(
            role: role,
            table: announceTable ?? settings?.announceTable ?? Self.usualTable,
            routerIdentifier: routerId,
            localSystem: localSystem,
            neighbors: neighbor,
            neighborSystem: neighborAs,
            bfdInterval: bfd ? bfdInterval : nil,
            addresses: address.isEmpty && announcesServer ? settings?.serverAddresses ?? [] : address,
            reserveMetric: AnnouncementService.reserveMetric
        )
        try configuration.validate()
        StandardOutput.write(line: configuration.text)
    }

    /// Whether the addresses of a server are to be announced: those of a gateway where there is a router to tell.
    private var announcesServer: Bool {
        role == .server || role == .gateway && !neighbor.allSatisfy(\.isIPv6)
    }

    private static let usualTable = 3544

    private static func neighbor(_ text: String) throws -> BirdConfiguration.Neighbor {
        guard let neighbor = BirdConfiguration.Neighbor(text) else {
            throw ValidationError("--neighbor: '\(text)' is no IPv6 or IPv4 address")
        }
        return neighbor
    }

    private static func address(_ text: String) throws -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw ValidationError("'\(text)' is no IPv4 address such as 192.0.2.1")
        }
        return address
    }
}
