package import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings

/// One command with Teredo connectivity: when it starts, which signals it gets, and how it ended.
package final class CommandSession {
    /// The command in its namespaces.
    let command: IsolatedCommand
    /// The exit status once it is known.
    package private(set) var exitStatus: CInt?
    private let patience: Duration?
    private var isStarted = false
    private var waitsUntil: ProtocolInstant?

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

    /// When patience ends.
    var deadline: ProtocolInstant? { isStarted ? nil : waitsUntil }

    /// Begins to wait, or starts the command at once.
    func begin() {
        guard let patience else { return start() }
        waitsUntil = ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds) + patience
    }

    /// Starts the command unless that was done.
    func start() {
        guard !isStarted else { return }
        isStarted = true
        command.start()
    }

    /// Throws when qualification takes too long.
    func checkPatience(server: ServerName, reason: StateChangeReason?) throws(ServiceError) {
        guard let deadline, let patience, deadline.nanoseconds <= MonotonicClock.nanoseconds else { return }
        throw ServiceError(
            "no Teredo address after \(patience.components.seconds) s, the command was not started: "
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
    func handleEnd() {
        guard exitStatus == nil else { return }
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
