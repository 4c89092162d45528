package import TeredoHost
import TeredoLinux

/// A hook that this process runs itself, without a shell.
package struct HookProgram: HookExecuting {
    package let path: String
    private let limit: Duration

    /// The longest time that a call may take.
    package static let usualLimit = Duration.seconds(10)
    /// The time that a hook has to end by itself after that.
    static let grace = Duration.milliseconds(500)

    /// Throws when there is no such program, or when others could change what is run.
    package init(path: String, limit: Duration = usualLimit) throws(ServiceError) {
        do {
            self.path = try TrustedProgram(path: path).path
        } catch {
            throw ServiceError(
                "--hook: \(error)",
                remedy: "a hook runs with the privileges that the role was started with: "
                    + "give a program that only root can change"
            )
        }
        self.limit = limit
    }

    package func execute(_ call: HookCall) -> String? {
        do {
            // The file may be another one than at the start.
            let program = try TrustedProgram(path: path)
            // What it prints goes where the log goes, and where the role was started is none of its business.
            let child = try ChildProcess(
                [program.path],
                environment: call.environment,
                directory: "/",
                output: .descriptors(output: StandardStream.error.rawValue, error: StandardStream.error.rawValue)
            )
            guard let ending = child.wait(limit: limit) else {
                child.terminate(grace: Self.grace)
                return "was stopped: it took longer than \(limit.components.seconds) seconds"
            }
            return ending.isSuccess ? nil : "failed: \(ending)"
        } catch {
            return "failed: \(error)"
        }
    }
}
