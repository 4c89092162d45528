import ArgumentParser
import TeredoLinux
import TeredoService
import TeredoWire

/// `teredo check`: finds out what the NAT in front of this host does, and whether a client will work.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find out what NAT this host is behind, and whether a client will work.",
        discussion: """
            Asks both addresses of a Teredo server from several ports, for a second or two. Needs no privileges and \
            changes nothing. It ends in one named verdict: 'works', or the problem that matters most. Exit status 0 \
            means that a Teredo client will work here, 1 that it will not. JSON is the stable form for scripts: \
            verdict, works, directPeers, server, nat (type, mapping, filtering, portAssignment, portStep, hairpinning, \
            severalAddresses), localAddress, localEndpoint, mappedEndpoint, secondaryMappedEndpoint, pathTakesFullSize, \
            mappingLifetime, portMapping, ignoredDatagrams and problems (name, severity, description, remedy); unknown \
            values are null.

            At a glance:       teredo check --server teredo.example.org
            What to do:        teredo check --explain symmetric-nat
            For scripts:       teredo check --server 192.0.2.1 --json
            With NAT timeout:  teredo check --server 192.0.2.1 --lifetime
            """
    )

    @Option(
        help: ArgumentHelp("The Teredo server; needed unless --explain is given.", valueName: "address|name"),
        transform: { ServerName($0) }
    )
    var server: ServerName?

    @Option(help: ArgumentHelp("Print what a verdict means and what to do; 'all' prints all.", valueName: "verdict"))
    var explain: String?

    @Option(
        help: ArgumentHelp(
            "The secondary address of the server (default: the second address of the name, or primary + 1).",
            valueName: "address"
        ),
        transform: OptionValue.ipv4Address
    )
    var secondaryServer: IPv4Address?

    @Option(
        help: ArgumentHelp("The address of this host to probe from (default: as routed).", valueName: "address"),
        transform: OptionValue.ipv4Address
    )
    var bind: IPv4Address?

    @Flag(help: "Find out how long the NAT keeps an idle mapping; takes about as long as it does.")
    var lifetime = false

    @Option(help: ArgumentHelp("The longest idle time to try with --lifetime, 5 to 600.", valueName: "seconds"))
    var lifetimeLimit = 180

    @Option(
        help: ArgumentHelp(
            "The client identifier for secure qualification; 'hex:' and digits for octets (default: the only one in "
                + "the secret file).",
            valueName: "identifier"
        )
    )
    var clientId: String?

    @Option(
        help: ArgumentHelp("A private file with lines 'identifier secret' for secure qualification.", valueName: "file")
    )
    var secretFile: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard clientId == nil || secretFile != nil else {
            throw ValidationError("--client-id: without --secret-file there is no secret to go with it")
        }
        if explain != nil { return }
        guard let server else { throw ValidationError("Missing expected argument '--server <address|name>'") }
        try asUsage(settings(server).validate)
    }

    func run() throws {
        if let explain { return try Self.explain(explain) }
        guard let server else { return }
        var configuration = settings(server)
        if let secretFile {
            configuration.secret = try SecretsFile(path: secretFile).secret(for: clientId, path: secretFile)
        }
        let report = try NATCheck(configuration).run()
        StandardStream.output.write(line: json ? try JSONText.encode(report, isPretty: true) : report.text)
        guard report.isWorking else { throw ExitCode(1) }
    }

    private static func explain(_ verdict: String) throws {
        if verdict == "all" { return StandardStream.output.write(line: RemedyBook.document) }
        guard let name = CheckProblem.Name(rawValue: verdict) else {
            let known = CheckProblem.Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--explain: '\(verdict)' is not a verdict; use all, \(known)")
        }
        StandardStream.output.write(line: RemedyBook.page(name))
    }

    private func settings(_ server: ServerName) -> NATCheckConfiguration {
        var settings = NATCheckConfiguration(server: server)
        settings.secondaryServer = secondaryServer
        settings.bind = bind
        settings.lifetimeLimit = lifetime ? .seconds(lifetimeLimit) : nil
        return settings
    }
}
