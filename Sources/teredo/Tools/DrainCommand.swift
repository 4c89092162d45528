import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings

/// `teredo drain`: the running server, relay or gateway withdraws its announcement and ends when nothing is left to serve.
struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Have a server, relay or gateway withdraw, serve what is left, and end.",
        usage: "teredo drain [<options>]",
        discussion: """
            The same as SIGUSR1: the routes in --announce-table go, so that others are led elsewhere. What still comes is \
            served until nothing came for 5 seconds, or for drain-timeout seconds; then the role ends with status 0. \
            SIGTERM ends it at once. 'teredo status' shows what is left.

            Exit status: 0 when the role drains (with --wait: has ended), 1 when no role answers, or it cannot drain: \
            a client or host-specific relay serves its own host alone. With --wait also 1 when the drain is called off \
            meanwhile.

              Usual:           sudo teredo drain
              One of several:  sudo teredo drain --control-socket /run/teredo/relay.sock
              Go on instead:   sudo teredo drain --cancel
            """
    )

    @Flag(help: "Call the drain off: the role is announced again, and goes on.")
    var cancel = false

    @Flag(help: "Return when the role has ended; an error when it does not drain any more.")
    var wait = false

    @Flag(help: "Leave a role alone that has no announce-table, or drain-timeout 0 (for service managers).")
    var ifAnnounced = false

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if cancel, wait || ifAnnounced {
            throw ValidationError("--cancel: there is nothing to wait for; leave out --wait and --if-announced")
        }
    }

    func run() throws {
        let query = ControlQuery(controlSocketPath: controlSocket).pinned
        let answer = try query.drain(cancel ? .cancel : ifAnnounced ? .beginIfAnnounced : .begin)
        StandardOutput.write(line: json ? try JSONText.report(answer, isPretty: true) : answer.text)
        guard answer.drain != nil else { return }
        if wait { try waitForEnd(query) }
    }

    /// Returns when the role has ended; throws when it does not answer, or goes on.
    private func waitForEnd(_ query: ControlQuery) throws {
        while true {
            Pause.sleep(.milliseconds(200))
            do throws(ServiceError) {
                if try query.status().isDraining { continue }
            } catch {
                // It has ended when nobody listens any more; one that is stopped or hung has a socket that takes connections.
                for _ in 0..<20 {
                    if query.isAbandoned { return }
                    Pause.sleep(.milliseconds(100))
                }
                throw error
            }
            throw ServiceError(
                "the role goes on: its drain was called off, or it was started again",
                remedy: "'teredo status' shows what it does"
            )
        }
    }
}
