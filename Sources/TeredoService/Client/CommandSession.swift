package import Logging
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// One command with Teredo connectivity: when it starts, which signals it gets, and how it ended.
package final class CommandSession: DriverPart {
    let name = "command"
    /// The command in its namespaces.
    let command: IsolatedCommand
    /// Which server the client is to use, and why it is not qualified.
    var obstacle: (() -> (server: ServerName, reason: StateChangeReason?))?
    /// The exit status once it is known.
    package private(set) var exitStatus: CInt?
    private let patience: Duration?
    private var isStarted = false
    private var waitsUntil: ProtocolInstant?
    private var sources: SourceRegistry?

    /// Prepares a command to be started when the client is qualified; call it before any thread is started.
    ///
    /// It waits for qualification for `patience`; `nil` starts the command at once.
    package init(_ arguments: [String], patience: Duration?) throws(ServiceError) {
        self.patience = patience
        do {
            command = try IsolatedCommand(arguments, resolver: .ofHost)
        } catch {
            throw Self.error(error)
        }
    }

    /// Has questions for names answered by the name servers of the host; call it when the signals are blocked.
    package func forwardNames() throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in try command.forwardNames() }
    }

    /// Confines the process of a client with this configuration; call it when the client is set up, before names are forwarded.
    package func confine(_ configuration: ClientServiceConfiguration, _ logger: Logger) {
        var needs = configuration.needs
        needs.addCommand(command.processIdentifier)
        RoleConfinement(needs, writing: configuration.writtenFiles, reading: []).apply(logger)
    }

    /// Has the end of the command noticed.
    func watch(_ sources: SourceRegistry) throws(ServiceError) {
        try sources.add(command.descriptor, for: self)
        self.sources = sources
    }

    /// When patience ends.
    var nextTimeout: ProtocolInstant? { isStarted ? nil : waitsUntil }

    /// Begins to wait, or starts the command at once.
    func begin(now: ProtocolInstant) {
        guard let patience else { return start() }
        waitsUntil = now + patience
    }

    /// Starts the command unless that was done.
    func start() {
        guard !isStarted else { return }
        isStarted = true
        command.start()
    }

    /// Throws: qualification takes too long.
    func handleTimeout(now: ProtocolInstant) throws(ServiceError) {
        guard let patience, let (server, reason) = obstacle?() else { return }
        throw ServiceError(
            "no Teredo address after \(patience.components.seconds) s; the command was not started: "
                + Self.explanation(reason, server),
            remedy: "'teredo check --server \(server)' tells why; --wait gives more time, --no-wait starts at once"
        )
    }

    /// Hands a signal to the command if it runs; the terminal's it has got from the terminal.
    func take(signal number: CInt, isFromTerminal: Bool) -> Bool {
        guard isStarted else { return false }
        if !isFromTerminal { command.signal(number) }
        return true
    }

    /// Takes the exit status: everything inside has ended.
    func handle(_ source: Int, now: ProtocolInstant) {
        // It stays readable from now on.
        sources?.remove(command.descriptor)
        exitStatus = command.wait()
    }

    /// Settles the exit status when a signal ended the client before the command was started.
    func conclude(signal: CInt?) { exitStatus = exitStatus ?? 128 + (signal ?? 0) }

    private static func explanation(_ reason: StateChangeReason?, _ server: ServerName) -> String {
        switch reason {
        case nil: "there is no IPv4 route towards \(server)"
        case .started, .serverResolved, .backoffOver, .networkChanged: "\(server) has not answered"
        case .some(let reason): reason.description
        }
    }

    private static func error(_ failure: IsolatedCommand.Failure) -> ServiceError {
        let error = failure.error
        switch failure.step {
        case .namespaces:
            return ServiceError(
                "not permitted to make namespaces for the command: \(error.reason) (\(error.call))",
                remedy: KernelSetting.userNamespaceRemedy
            )
        case .device:
            return ServiceError(
                "\(error.subject): \(error.reason)",
                remedy:
                    "load the kernel module (sudo modprobe tun), or give yourself access: sudo chmod 666 /dev/net/tun"
            )
        case .interior:
            return ServiceError(
                "cannot set up the namespaces of the command: \(error.subject): \(error.reason) (\(error.call))",
                remedy: error.isNotPermitted
                    ? KernelSetting.userNamespaceRemedy : "use 'sudo teredo client' for the whole host instead"
            )
        }
    }
}
