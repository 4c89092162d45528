package import TeredoLinux

/// What the process that runs hooks does: it takes calls, one after the other, from a role that it does not trust.
package struct HookService {
    private let program: HookProgram
    private let interface: String

    /// The first word of the command line that makes the program this process instead of a command.
    package static let word = "hook-runner"
    static let ready = "ready"
    static let done = "done"

    /// Prepares to run `program` for the interface with this name.
    package init(program: HookProgram, interface: String) {
        self.program = program
        self.interface = interface
    }

    /// Is the process for the words of a command line after ``word``, with the role at standard input; returns the exit
    /// status.
    package static func main(_ words: [String]) -> Int32 {
        guard words.count == 2, let channel = try? MessageChannel(descriptor: 0), channel.isConnected else {
            StandardStream.error.write(line: "Error: \(word) is started by a role for its --hook only")
            return 64
        }
        HelperProcess.prepare(name: "teredo-hook")
        do {
            HookService(program: try HookProgram(path: words[0]), interface: words[1]).serve(channel)
            return 0
        } catch {
            StandardStream.error.write(line: "Error: \(error)")
            return 1
        }
    }

    /// Runs the hook as often as the other end asks for it, until that is gone.
    package func serve(_ channel: MessageChannel) {
        guard channel.send(Self.ready) else { return }
        while true {
            switch channel.receive() {
            case .text(let message): guard channel.send(answer(to: message)) else { return }
            case .garbage: guard channel.send(refuse("it is not text, or too long")) else { return }
            case .closed, nil: return
            }
        }
    }

    private func answer(to message: String) -> String {
        do {
            return program.execute(try HookCall(message: message, interface: interface)) ?? Self.done
        } catch {
            return refuse(error.problem)
        }
    }

    // A role that asks for anything else has been taken over: whoever reads the log must learn of it from here.
    private func refuse(_ problem: String) -> String {
        StandardStream.error.write(line: "hook-runner: a malformed call of \(program.path) was refused: \(problem)")
        return "was refused: \(problem)"
    }
}
