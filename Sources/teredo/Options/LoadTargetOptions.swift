import ArgumentParser
import TeredoLab
import TeredoLoad
import TeredoWire

/// What `teredo load` loads: daemons that it starts in a network of its own, or those at addresses that are given.
struct LoadTargetOptions: ParsableArguments {
    @Flag(help: "Load a gateway instead of a server and a relay.")
    var gateway = false

    @Option(
        help: ArgumentHelp(
            "A setting of the server that is started, such as workers=2; may be repeated.",
            valueName: "key=value"
        )
    )
    var serverSetting: [String] = []

    @Option(
        help: ArgumentHelp(
            "A setting of the relay or gateway that is started; may be repeated.",
            valueName: "key=value"
        )
    )
    var relaySetting: [String] = []

    @Flag(help: "Have the router follow connections, as the border of a network does, and count them.")
    var conntrack = false

    @Option(
        help: ArgumentHelp(
            "Load the server at this address of this host instead of making a network.",
            valueName: "address"
        ),
        transform: OptionValue.ipv4Address
    )
    var server: IPv4Address?

    @Option(
        help: ArgumentHelp("The secondary address of the server at --server.", valueName: "address"),
        transform: OptionValue.ipv4Address
    )
    var secondaryServer: IPv4Address?

    @Option(
        help: ArgumentHelp("A relay that answers for the native host; may be repeated.", valueName: "address:port"),
        transform: OptionValue.endpoint
    )
    var relay: [UDPEndpoint] = []

    @Option(
        help: ArgumentHelp("The native IPv6 host to talk to (default: none, the server alone).", valueName: "address"),
        transform: OptionValue.ipv6Address
    )
    var native: IPv6Address?

    @Option(
        help: ArgumentHelp(
            "A process whose memory and processor time to tell, such as server=1234; may be repeated.",
            valueName: "name=pid"
        )
    )
    var pid: [String] = []

    @Option(
        help: ArgumentHelp("An address of another host that may be loaded; may be repeated.", valueName: "address")
    )
    var allow: [String] = []

    func validate() throws {
        var unused = UnusedOptions()
        if server != nil {
            unused.add("--gateway", if: gateway)
            unused.add("--server-setting", if: !serverSetting.isEmpty)
            unused.add("--relay-setting", if: !relaySetting.isEmpty)
            unused.add("--conntrack", if: conntrack)
            try unused.refuse(with: "--server, which makes no network")
        } else {
            unused.add("--secondary-server", if: secondaryServer != nil)
            unused.add("--relay", if: !relay.isEmpty)
            unused.add("--native", if: native != nil)
            unused.add("--pid", if: !pid.isEmpty)
            unused.add("--allow", if: !allow.isEmpty)
            try unused.refuse(with: "a network of its own", remedy: "add --server")
            unused.add("--server-setting", if: gateway && !serverSetting.isEmpty)
            try unused.refuse(with: "--gateway", remedy: "use --relay-setting")
        }
        guard relay.isEmpty == (native == nil) else {
            throw ValidationError(
                native == nil
                    ? "--relay: give the host that it answers for, too: --native ADDRESS"
                    : "--native: give its --relay, too"
            )
        }
        guard relay.count <= 32 else { throw ValidationError("--relay: at most 32") }
        guard native?.isTeredo != true else { throw ValidationError("--native: a Teredo address is not native") }
        _ = try daemons()
        for (option, texts) in [("--server-setting", serverSetting), ("--relay-setting", relaySetting)] {
            guard let text = texts.first(where: { $0.first == "-" || $0.first == "=" || !$0.contains("=") }) else {
                continue
            }
            throw ValidationError("\(option) \(text): give key and value, such as workers=2")
        }
    }

    /// The daemons at given addresses.
    func daemons() throws -> [LoadDaemon] {
        try pid.map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = Int32(parts[1]), number > 0 else {
                throw ValidationError("--pid \(text): give a name and the number of a process, such as server=1234")
            }
            return LoadDaemon(name: String(parts[0]), processIdentifier: number)
        }
    }

    /// The network that is made without given addresses.
    var layout: LoadNetwork.Layout {
        var layout = LoadNetwork.Layout()
        layout.isGateway = gateway
        layout.tracksConnections = conntrack
        layout.serverFlags = serverSetting.map(Self.flag)
        layout.relayFlags = relaySetting.map(Self.flag)
        return layout
    }

    /// The flag for a setting as `teredo set` writes it.
    private static func flag(_ text: String) -> String {
        if text.hasSuffix("=true") { return "--\(text.dropLast(5))" }
        if text.hasSuffix("=false") { return "--no-\(text.dropLast(6))" }
        return "--\(text)"
    }

    /// A model of clients of what is loaded; throws when it may not be.
    func model() throws -> LoadModel {
        guard let server else { return LoadNetwork.model(layout) }
        let addresses = ([server] + [secondaryServer].compactMap(\.self) + relay.map(\.address)).map(\.description)
        do {
            try LoadPermission(named: allow).require(addresses + [native].compactMap { $0?.description })
        } catch let error as LabError {
            throw ValidationError(error.description)
        }
        return LoadModel(server: server, secondaryServer: secondaryServer, relays: relay, native: native)
    }
}
