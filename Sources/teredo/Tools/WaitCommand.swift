import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// `teredo wait`: returns when the running role has something to offer.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until the running client has an address.",
        discussion: """
            Returns with exit status 0, and prints the address, as soon as the client is qualified; a server, relay or \
            gateway is waited for until it answers. A role that is not started yet is waited for too. Exit status 1 means \
            that the time was over before that, and the message says what was missing, or that the role may not be asked.

              In a script:   teredo wait --timeout 30 && ping -c 1 2001:db8::1
              As a value:    address=$(teredo wait --timeout 30)
              One of two:    teredo wait --control-socket /run/teredo/client-home.sock
            """
    )

    @Option(
        help: ArgumentHelp("How long to wait, 0 to 86400 (default: without end).", valueName: "seconds")
    )
    var timeout: Double?

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    func validate() throws {
        guard let timeout, !(0...86_400).contains(timeout) else { return }
        throw ValidationError("--timeout \(timeout): give seconds from 0 to 86400")
    }

    func run() throws {
        let deadline = timeout.map { MonotonicClock.now + .seconds($0) }
        while true {
            let patience = deadline.map { min(.seconds(5), max(.milliseconds(100), $0 - MonotonicClock.now)) }
            let readiness = try Readiness(
                asking: ControlQuery(controlSocketPath: controlSocket, patience: patience ?? .seconds(5))
            )
            switch readiness {
            case .ready(let line): return StandardOutput.write(line: line)
            case .missing(let what, let remedy):
                if let deadline, MonotonicClock.now >= deadline {
                    throw ServiceError("not ready within \(timeout ?? 0) s: \(what)", remedy: remedy)
                }
            }
            let pause = Duration.milliseconds(200)
            Pause.sleep(deadline.map { max(.zero, min(pause, $0 - MonotonicClock.now)) } ?? pause)
        }
    }
}
