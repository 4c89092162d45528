package import TeredoHost
import TeredoLinux

/// A hook that is run by a process of its own, which keeps the privileges that the role gives up (SEC-63).
///
/// That process can run this one program for this one interface and nothing else, and it ends with the role, however
/// that ends.
package final class HookProcess: HookExecuting {
    package let path: String
    private let channel: MessageChannel
    private let child: ChildProcess

    /// Starts the process; call it while the role has its privileges.
    package init(path: String, interface: String) throws(ServiceError) {
        self.path = try HookProgram(path: path).path
        do {
            let (near, far) = try MessageChannel.pair()
            channel = near
            child = try ChildProcess(
                ["teredo", HookService.word, path, interface],
                program: Self.ownProgram,
                directory: "/",
                input: far.descriptor,
                output: .descriptors(output: StandardStream.error.rawValue, error: StandardStream.error.rawValue)
            )
        } catch {
            throw ServiceError("--hook: the process that runs it cannot be started: \(error)", remedy: Self.remedy)
        }
        guard channel.receive(limit: Self.startLimit) == .text(HookService.ready) else {
            child.terminate(grace: .zero)
            throw ServiceError("--hook: the process that runs it does not answer", remedy: Self.remedy)
        }
    }

    deinit {
        // Nothing can be asked any more; it ends by itself when it sees that, and is only waited for.
        channel.close()
        _ = child.wait(limit: .seconds(2))
    }

    package func execute(_ call: HookCall) -> String? {
        guard channel.send(call.message) else { return Self.isGone }
        switch channel.receive(limit: HookProgram.usualLimit + HookProgram.grace + Self.answerLimit) {
        case .text(HookService.done): return nil
        case .text(let problem): return problem
        case .garbage, .closed: return Self.isGone
        case nil: return "is not known to have ended: the process that runs it does not answer"
        }
    }

    // The file that was started, even when another one has its name by now.
    private static let ownProgram = "/proc/self/exe"
    private static let remedy = "make sure that /proc is mounted and processes can be started, or leave out --hook"
    private static let isGone = "was not run: the process that runs it is gone; restart the role"
    private static let startLimit = Duration.seconds(20)
    private static let answerLimit = Duration.seconds(10)
}
