import ArgumentParser
import Logging
import TeredoHost
import TeredoLinux
import TeredoService
import TeredoSettings

/// `teredo connect`: standard input and output as a TCP connection over IPv6.
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect standard input and output to an IPv6 host by TCP.",
        usage: "teredo connect [<options>] <host> <port>",
        discussion: """
            Goes through a running 'teredo proxy', if there is one at 127.0.0.1:1080 or where --proxy says, and through \
            a client of its own otherwise, which needs a server: --server, the file of --config or TEREDO_SERVER. No \
            privileges are needed. The end of standard input ends the sending direction; the other side's end ends \
            the command.

            The exit status is 0 when both sides ended as they should, 1 otherwise.

              SSH:        ssh -o ProxyCommand='teredo connect %h %p' host.example.org
              ssh_config: ProxyCommand teredo connect --server 192.0.2.1 %h %p
              By hand:    printf 'GET / HTTP/1.0\\r\\n\\r\\n' | teredo connect example.org 80
            """
    )

    @Argument(help: "A name or an IPv6 address.")
    var host: String

    @Argument(help: "A TCP port.")
    var port: Int

    @Option(
        help: ArgumentHelp("A SOCKS 5 proxy to go through, and no other way.", valueName: "address:port"),
        transform: OptionValue.streamEndpoint
    )
    var proxy: StreamEndpoint?

    @Flag(name: .customLong("no-proxy"), help: "Have a client of its own, even if a 'teredo proxy' runs.")
    var goesWithoutProxy = false

    @Option(
        help: ArgumentHelp("The Teredo server, for a client of its own; may be repeated.", valueName: "address|name")
    )
    var server: [String] = []

    @Option(help: ArgumentHelp("A file with settings of a proxy, for a client of its own.", valueName: "file"))
    var config: String?

    @Flag(help: "Say which way it goes, and what a client of its own does.")
    var verbose = false

    @Flag(.confinement)
    var isConfined: Bool

    func validate() throws {
        guard (1...65_535).contains(port) else { throw ValidationError("'\(port)' is not a port, 1 to 65535") }
        guard (1...255).contains(host.utf8.count) else {
            throw ValidationError("the host has \(host.utf8.count) octets; a name has 1 to 255")
        }
        var unused = UnusedOptions()
        unused.add([("--server", !server.isEmpty), ("--config", config != nil), ("--no-proxy", goesWithoutProxy)])
        if proxy != nil { try unused.refuse(with: "--proxy") }
    }

    func run() throws {
        let request = ProxyRequest(host: host, port: UInt16(port))
        // What is wrong with them is said even if a proxy runs, which needs none of them.
        let given = server.isEmpty && config == nil ? nil : try ownClient()
        if !goesWithoutProxy, let stream = try runningProxy() {
            try request.connect(stream)
            return try EmbeddedProxy.finish(stream)
        }
        let configuration = try given ?? ownClient()
        let log = LogControl(verbose ? .info : .warning)
        let writer = LogWriter(log)
        defer { writer.flush() }
        let logger = Logger.ofRole(Role.proxy.rawValue, control: log, writer: writer)
        let reduction = PrivilegeReduction(written: configuration.writtenFiles)
        let confinement = isConfined ? RoleConfinement(configuration.needs, writing: [], reading: []) : nil
        try EmbeddedProxy.run(configuration, request, logger: logger) { () throws(ServiceError) in
            try reduction.apply(logger)
            confinement?.apply(logger)
        }
    }

    /// A connection to the proxy that was named, or to a `teredo proxy` at the usual place; `nil` when there is none there.
    private func runningProxy() throws(ServiceError) -> ByteStream? {
        guard let proxy else {
            for endpoint in ProxyServiceConfiguration.standardEndpoints {
                // Whatever else listens there hears nothing of where this goes.
                guard let stream = try? ByteStream(connectingTo: endpoint, limit: Self.patience),
                    (try? ProxyRequest.greet(stream, anyProxy: false, limit: Self.patience)) == true
                else { continue }
                say("going through the 'teredo proxy' at \(endpoint)")
                return stream
            }
            return nil
        }
        let stream: ByteStream
        do {
            stream = try ByteStream(connectingTo: proxy)
        } catch {
            throw ServiceError(
                "--proxy: nobody answers at \(proxy): \(error.reason)",
                remedy: "start one there: teredo proxy --server ADDRESS --listen \(proxy)"
            )
        }
        guard try ProxyRequest.greet(stream, anyProxy: true, limit: Self.patience) else {
            throw ServiceError("--proxy: the proxy at \(proxy) wants a password", remedy: "use 'teredo proxy'")
        }
        say("going through the proxy at \(proxy)")
        return stream
    }

    /// How long a program at the port of a proxy may take to answer.
    private static let patience = Duration.seconds(3)

    private func say(_ way: String) {
        guard verbose else { return }
        let unused = server.isEmpty && config == nil ? "" : "; --server and --config go with --no-proxy"
        StandardStream.error.write(line: "\(way)\(unused)")
    }

    /// What a client of its own is told: by flags, environment and file as for a proxy, without what only a proxy that stays can use.
    private func ownClient() throws -> ProxyServiceConfiguration {
        let file = try config.map { try SettingsFile(path: $0) }
        let flags = server.isEmpty ? [:] : [Setting.server.key: server]
        let settings = try EffectiveSettings(
            role: .proxy,
            file: file,
            flags: flags,
            environment: ChildProcess.environmentVariable
        )
        let words = settings.arguments(leavingOut: Setting.longLived.union([.listen, .listenAnywhere]))
        let servers = server.map { "--\(Setting.server.key)=\($0)" }
        guard (words + servers).contains(where: { $0.hasPrefix("--\(Setting.server.key)=") }) else {
            throw ServiceError(
                goesWithoutProxy
                    ? "--no-proxy: no server is named"
                    : "no 'teredo proxy' runs at 127.0.0.1:1080, and no server is named",
                remedy: "start one: teredo proxy --server ADDRESS; or add --server ADDRESS"
            )
        }
        let command: any ParsableCommand
        do {
            command = try Teredo.parseAsRoot([Role.proxy.rawValue] + words + servers)
        } catch {
            let message = Teredo.message(for: error)
            throw settings.blame(message) ?? ConfigurationError("connect", message)
        }
        guard let proxy = command as? ProxyCommand else { throw CleanExit.helpRequest(self) }
        return try proxy.proxy.configuration(userName: nil)
    }
}
