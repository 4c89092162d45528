import ArgumentParser
import Logging
import TeredoHost
import TeredoLinux
import TeredoService
import TeredoSettings

/// `teredo run`: runs one command with Teredo connectivity, without privileges.
struct RunCommand: ParsableCommand {
    static let name = "run"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Run one command with Teredo connectivity, without root.",
        usage: "teredo run --server <address|name> [<options>] -- <command> [<arguments>]",
        discussion: """
            The command gets a network of its own with a Teredo interface and nothing else: IPv6 through Teredo, no \
            IPv4, names from the name servers of the host. It starts as soon as there is an address. Needs no \
            privileges and changes nothing on the host; network and processes are gone when the command ends, with \
            the processes that it left in the background.

            The exit status is the command's, 128 + n after signal n, 127 when there is no such command, 126 when it \
            cannot be run, 1 when there is no Teredo address. SIGINT, SIGTERM and SIGHUP go to the command.

            Settings come from --config and the environment as for 'teredo client', except those that suit only a \
            long-lived client: bind, state-file, user, workers, datapath, control-socket, control-group and those of the log \
            are ignored.

              A download:  teredo run --server 192.0.2.1 -- curl -6 https://example.org
              A shell:     teredo run --server 192.0.2.1 -- bash
            """
    )

    @OptionGroup var client: ClientOptions

    // Its contents are put before the flags of the command line by RoleArguments, before anything is parsed.
    @Option(
        help: ArgumentHelp("A file with settings of a client; flags and environment win.", valueName: "file")
    )
    var config: String?

    @Option(
        help: ArgumentHelp("Seconds to wait for a Teredo address, 1 to 3600 (default: 30).", valueName: "seconds")
    )
    var wait: Int?

    @Flag(help: "Start the command at once, before there is an address.")
    var noWait = false

    @Flag(help: "Say what the client does.")
    var verbose = false

    @Option(help: ArgumentHelp("A control socket for 'teredo status' (default: none).", valueName: "path"))
    var controlSocket: String?

    @Flag(.confinement)
    var isConfined: Bool

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after '--'.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("there is no command: put it after '--', such as 'teredo run --server ... -- curl'")
        }
        if let wait, !(1...3600).contains(wait) {
            throw ValidationError("--wait: \(wait) is outside 1 to 3600 seconds")
        }
        var unused = UnusedOptions()
        unused.add("--wait", if: wait != nil && noWait)
        try unused.refuse(with: "--no-wait")
        guard client.interface.tunnel.workers == 1 else {
            throw ValidationError("--workers: one thread serves one command; leave the option out")
        }
        guard client.interface.tunnel.hook == nil else {
            throw ValidationError("--hook: a hook could not see the interface, which is in the network of the command")
        }
        guard client.interface.tunnel.dataPath == .userspace else {
            throw ValidationError("--datapath: the ebpf path needs privileges that this command does without")
        }
        guard let controlSocket else { return }
        try asUsage { () throws(ConfigurationError) in try ControlSocketPath.validate(controlSocket) }
    }

    func run() throws {
        var configuration = try client.configuration(userName: nil)
        configuration.controlSocketPath = controlSocket
        let session = try CommandSession(command, patience: noWait ? nil : .seconds(wait ?? 30))
        let log = LogControl(verbose ? .info : .warning)
        let writer = LogWriter(log)
        defer { writer.flush() }
        let logger = Logger.ofRole(Role.client.rawValue, control: log, writer: writer)
        let reduction = PrivilegeReduction(written: configuration.writtenFiles)
        let driver = try ClientDriver(configuration, logger: logger, session: session)
        try reduction.apply(logger)
        if isConfined { session.confine(configuration, logger) }
        try session.forwardNames()
        try driver.run()
        throw ExitCode(session.exitStatus ?? 1)
    }
}
