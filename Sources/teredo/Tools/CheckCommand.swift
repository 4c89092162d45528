import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// `teredo check`: finds out what the NAT in front of this host does, and whether a client will work.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find out what is in the way of a client here, and what NAT there is.",
        usage: "teredo check [<options>]",
        discussion: """
            Asks both addresses of a Teredo server from several ports, for a second or two, and a running client what it \
            knows. Needs no privileges and changes nothing. It ends in one named verdict: 'works', or the problem that \
            matters most. Exit status 0 means that a Teredo client will work here, 1 that it will not. JSON is the stable \
            form for scripts: verdict, works, directPeers, server, nat (type, mapping, filtering, portAssignment, \
            portStep, hairpinning, severalAddresses, remembersStrays), localAddress, localEndpoint, mappedEndpoint, \
            secondaryMappedEndpoint, pathTakesFullSize, mappingLifetimeAtLeastSeconds, mappingLifetimeBelowSeconds, portMapping, ignoredDatagrams, client (state, \
            reason, address, serverName, nativeIPv6) and problems (name, severity, description, remedy); unknown values \
            are null. --with is for two sides: exit status 0 means that they connect, its JSON has with, connects, \
            forecast (direct, direct-or-transit, direct-or-none, transit, relay, none), natHere, natThere, obstacles, \
            sameSite and tried (path, endpoint, searchMilliseconds, roundTripMilliseconds). For several servers it has works, \
            best and servers, an array of such objects.

              At a glance:       teredo check --server teredo.example.org
              What to do:        teredo check --explain symmetric-nat
              Can we connect?    teredo check --with 2001:0:c000:201:2cad:efff:39cc:9bf8
              Which is better:   teredo check --server 192.0.2.1 --server 198.51.100.1
              For scripts:       teredo check --server 192.0.2.1 --json
              With NAT timeout:  teredo check --server 192.0.2.1 --lifetime
            """
    )

    @Option(
        help: ArgumentHelp(
            "The Teredo server (default: that of the running client); several are compared.",
            valueName: "address|name"
        ),
        transform: { ServerName($0) }
    )
    var server: [ServerName] = []

    @Option(help: ArgumentHelp("Print what a verdict means and what to do; 'all' prints all.", valueName: "verdict"))
    var explain: String?

    @Option(
        help: ArgumentHelp(
            "Tell whether this host and the one with this IPv6 address or name connect, and how; a running client tries it.",
            valueName: "address|name"
        ),
        transform: OptionValue.hostAddress
    )
    var with: HostAddress?

    @Option(.secondaryServer)
    var secondaryServer: IPv4Address?

    @Option(
        help: ArgumentHelp("The address of this host to probe from (default: as routed).", valueName: "address"),
        transform: OptionValue.ipv4Address
    )
    var bind: IPv4Address?

    @Flag(help: "Find out how long the NAT keeps an idle mapping; takes about as long as it does.")
    var lifetime = false

    @Option(
        help: ArgumentHelp(
            "The longest idle time to try with --lifetime, 5 to 600 (default: 180).",
            valueName: "seconds"
        )
    )
    var lifetimeLimit: Int?

    @Option(.internalPrefix)
    var internalPrefixes: [IPv4Prefix]

    @Option(.clientIdentifier)
    var clientId: String?

    @Option(.secretFile)
    var secretFile: String?

    @Option(
        help: ArgumentHelp("The control socket of the running client (default: in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try refuseUnused()
        guard clientId == nil || secretFile != nil else {
            throw ValidationError("--client-id: without --secret-file there is no secret to go with it")
        }
        guard secondaryServer == nil || server.count < 2 else {
            throw ValidationError("--secondary-server: works with one server, not with \(server.count)")
        }
        guard with == nil || server.count < 2 else {
            throw ValidationError("--with: works with one server, not with \(server.count)")
        }
        for server in server { try asUsage(settings(server).validate) }
    }

    private func refuseUnused() throws {
        var unused = UnusedOptions()
        if explain != nil {
            unused.add([
                ("--server", !server.isEmpty), ("--with", with != nil), ("--secondary-server", secondaryServer != nil),
                ("--bind", bind != nil), ("--lifetime", lifetime), ("--lifetime-limit", lifetimeLimit != nil),
                ("--internal-prefix", !internalPrefixes.isEmpty), ("--client-id", clientId != nil),
                ("--secret-file", secretFile != nil), ("--control-socket", controlSocket != nil), ("--json", json),
            ])
            try unused.refuse(with: "--explain")
        }
        unused.add("--lifetime", if: lifetime && with != nil)
        try unused.refuse(with: "--with")
        unused.add("--control-socket", if: controlSocket != nil && server.count > 1)
        try unused.refuse(with: "several servers")
        guard lifetime || lifetimeLimit == nil else {
            throw ValidationError("--lifetime-limit has no effect: add --lifetime")
        }
    }

    func run() throws {
        if let explain { return try Self.explain(explain) }
        // Before anything that takes time: a name may be wrong.
        let peer = try with.map { try resolve($0) }
        let client = try ControlQuery(controlSocketPath: controlSocket).client { failure in
            StandardStream.error.write(line: "Warning: \(failure)")
        }
        let servers = server.isEmpty ? client.map { [$0.status.serverToCheck] } ?? [] : server
        guard let first = servers.first else {
            throw ValidationError("Missing expected argument '--server <address|name>': and no running client has one")
        }
        guard servers.count == 1 else {
            let comparison = try ServerComparison.run(try servers.map(completeSettings))
            try write(comparison, comparison.text)
            guard comparison.isWorking else { throw ExitCode(1) }
            return
        }
        var report = try NATCheck(completeSettings(first)).run()
        report.client = client?.status
        if let peer {
            let answer = ConnectionReport.ask(about: peer, report, clientAt: client?.path)
            try write(answer, answer.text)
            guard answer.connects else { throw ExitCode(1) }
            return
        }
        try write(report, report.text)
        guard report.isWorking else { throw ExitCode(1) }
    }

    private func resolve(_ host: HostAddress) throws -> IPv6Address {
        let address = try host.resolve()
        if host.literal == nil { StandardStream.error.write(line: "\(host.text) is \(address)") }
        return address
    }

    private func write(_ value: some Encodable, _ text: String) throws {
        StandardOutput.write(line: json ? try JSONText.report(value, isPretty: true) : text)
    }

    private static func explain(_ verdict: String) throws {
        if verdict == "all" { return StandardOutput.write(line: RemedyBook.document) }
        guard let name = CheckProblem.Name(rawValue: verdict) else {
            let known = CheckProblem.Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--explain: '\(verdict)' is not a verdict; use all, \(known)")
        }
        StandardOutput.write(line: RemedyBook.page(name))
    }

    private func completeSettings(_ server: ServerName) throws -> NATCheckConfiguration {
        var configuration = settings(server)
        if let secretFile {
            configuration.secret = try SecretsFile(path: secretFile).secret(for: clientId, path: secretFile)
        }
        return configuration
    }

    private func settings(_ server: ServerName) -> NATCheckConfiguration {
        var settings = NATCheckConfiguration(server: server)
        settings.secondaryServer = secondaryServer
        settings.bind = bind
        settings.internalPrefixes = internalPrefixes
        settings.lifetimeLimit = lifetime ? .seconds(lifetimeLimit ?? 180) : nil
        return settings
    }
}
