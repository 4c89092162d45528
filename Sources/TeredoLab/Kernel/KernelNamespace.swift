package import TeredoLinux

/// A network namespace, kept alive by a process that does nothing else; it vanishes with its processes, so that no
/// name can be left behind.
package final class KernelNamespace {
    /// Where it belongs in the lab.
    package let host: KernelHost
    private let holder: ChildProcess

    init(_ host: KernelHost, guardedBy childGuard: ChildGuard) throws {
        self.host = host
        holder = try ChildProcess(["unshare", "--net", "sleep", "1000000"])
        childGuard.add(holder)
        try waitUntilUnshared()
    }

    /// The process whose namespace it is: `nsenter --net --target ID` looks inside.
    package var processIdentifier: Int32 { holder.processIdentifier }

    /// `command` made to run inside.
    package func inside(_ command: [String]) -> [String] {
        ["nsenter", "--net=/proc/\(holder.processIdentifier)/ns/net", "--"] + command
    }

    /// Runs a command inside to its end, for `limit` at most, or longer on a slow machine (``LabPatience``).
    @discardableResult
    package func run(_ command: [String], input: String? = nil, limit: Duration = .seconds(10)) throws -> CommandOutput
    {
        let output = try CommandOutput.run(inside(command), input: input, limit: limit * LabPatience.factor)
        if Interruption.isRequested { throw LabError.interrupted }
        return output
    }

    /// Runs a shell script inside that must succeed.
    package func configure(_ script: String) throws {
        let output = try run(["sh", "-e"], input: script)
        guard output.isSuccess else {
            throw LabError.commandFailed(command: "set-up of \(host.rawValue)", detail: output.error + script)
        }
    }

    func close() {
        holder.signal(9)
        holder.terminate(grace: .zero)
    }

    private func waitUntilUnshared() throws {
        // The program name changes when unshare has made the namespace and becomes `sleep`.
        for _ in 0..<500 {
            let name = try CommandOutput.run(["cat", "/proc/\(holder.processIdentifier)/comm"], limit: .seconds(2))
            if name.output == "sleep\n" { return }
            if let ending = holder.poll() {
                throw LabError.notPrivileged(detail: "`unshare --net` ended with \(ending).")
            }
            Pause.sleep(.milliseconds(1))
        }
        throw LabError.timedOut("`unshare --net` did not make a namespace in time")
    }
}
