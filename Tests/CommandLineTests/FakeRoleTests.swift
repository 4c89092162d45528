import Foundation
import Synchronization
import TeredoLinux
import TeredoWire
import Testing

/// What the commands do when whatever has the control socket hangs, dies or answers rubbish.
@Suite("Commands and broken roles")
struct FakeRoleTests {
    private static let commands = [
        ["status"], ["status", "--json"], ["status", "--all"], ["status", "--watch"], ["peers"],
        ["peers", "--json"], ["metrics"], ["set", "log-level=info"], ["config", "show", "--running"],
        ["config", "show", "--running", "--json"],
        ["reload"],
        ["wait", "--timeout", "1"], ["address"], ["address", "--share"], ["allow", "tcp/22"], ["deny", "tcp/22"],
        ["capture", "{file}"],
    ]

    /// What a command did.
    private struct Outcome {
        let command: [String]
        let output: CommandOutput
        let time: Duration
    }

    @Test(
        "each manner of a broken role is told in a clear sentence, within the time limit, with exit status 1",
        arguments: FakeRole.Manner.allCases
    )
    func broken(manner: FakeRole.Manner) throws {
        let role = try FakeRole(manner)
        defer { role.stop() }
        let file = "\(role.directory)/capture.pcapng"
        let outcomes = Self.run(Self.commands.map { $0.map { $0 == "{file}" ? file : $0 } }, at: role.path)
        #expect(outcomes.count == Self.commands.count)
        for outcome in outcomes { Self.check(outcome, manner, role.path) }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    /// Runs all at once, because each may take as long as the time limit.
    private static func run(_ commands: [[String]], at path: String) -> [Outcome] {
        let outcomes = Mutex<[Outcome]>([])
        let hasEnded = DispatchSemaphore(value: 0)
        for command in commands {
            Thread.detachNewThread {
                let start = MonotonicClock.now
                let words = [CommandTests.program] + command + ["--control-socket", path]
                if let output = try? CommandOutput.run(words, limit: .seconds(30)) {
                    let time = MonotonicClock.now - start
                    outcomes.withLock { $0.append(Outcome(command: command, output: output, time: time)) }
                }
                hasEnded.signal()
            }
        }
        for _ in commands { hasEnded.wait() }
        return outcomes.withLock { $0 }
    }

    private static func check(_ outcome: Outcome, _ manner: FakeRole.Manner, _ path: String) {
        let (command, output) = (outcome.command, outcome.output)
        // The absurd answer is one to 'peers' and to 'reload', which have nothing against it.
        let isAnswered = manner == .absurd && ["peers", "reload"].contains(command[0])
        #expect(output.ending == .exited(isAnswered ? 0 : 1), "\(manner) \(command): \(output)")
        guard !isAnswered else { return }
        let lines = output.error.split(separator: "\n").map(String.init)
        let first = lines.first ?? ""
        #expect(first.contains(path), "\(manner) \(command): \(output)")
        // What waits a second in all may have seen no more than that.
        let known = phrases(manner) + (command[0] == "wait" ? ["does not answer within"] : [])
        #expect(known.contains { first.contains($0) }, "\(manner) \(command): \(output)")
        #expect(lines.count > 1, "there is no remedy: \(output)")
        #expect(output.output.isEmpty && !output.error.contains("\u{1B}"), "\(output)")
        // 5 seconds are the limit; the rest is for a busy machine.
        #expect(outcome.time < .seconds(20), "\(manner) \(command): \(outcome.time)")
    }

    private static func phrases(_ manner: FakeRole.Manner) -> [String] {
        switch manner {
        case .silent, .trickling: ["does not answer within"]
        case .closing, .half: ["Connection reset by peer", "Broken pipe"]
        case .rubbish, .binary: ["it is not JSON"]
        case .foreign, .absurd: ["this version does not understand the answer: "]
        case .endless: ["Message too long", "does not answer within"]
        }
    }

    @Test("teredo check says that the client it was to ask is broken, before it asks anybody else")
    func check() throws {
        let role = try FakeRole(.rubbish)
        defer { role.stop() }
        let words = ["check", "--server", "192.0.2.1", "--control-socket", role.path]
        let output = try CommandOutput.run([CommandTests.program] + words, limit: .seconds(60))
        #expect(output.ending == .exited(1) && output.error.contains("it is not JSON"), "\(output)")
    }

    @Test("teredo ping sends its requests itself when the role is broken")
    func ping() throws {
        let role = try FakeRole(.half)
        defer { role.stop() }
        // In a network with nobody in it.
        let alone = ["unshare", "--user", "--map-root-user", "--net"]
        guard try CommandOutput.run(alone + ["true"], limit: .seconds(20)).isSuccess else {
            try Test.cancel("no user namespaces here")
        }
        let words = [CommandTests.program, "ping", "-c1", "-W0.2", "--control-socket", role.path, "2001:db8::1"]
        let output = try CommandOutput.run(alone + words, limit: .seconds(20))
        #expect(output.ending == .exited(2) && output.error.contains("The path is not known: "), "\(output)")
        #expect(output.error.contains(role.path), "\(output)")
        #expect(output.error.contains("this host has no IPv6 route to the address"), "it did not try: \(output)")
    }

    @Test("teredo bugreport tells of a broken role and of everything else")
    func bugReport() throws {
        let role = try FakeRole(.rubbish)
        defer { role.stop() }
        let words = ["bugreport", "--control-socket", role.path]
        let output = try CommandOutput.run([CommandTests.program] + words, limit: .seconds(60))
        #expect(output.ending == .exited(0) && output.output.contains("it is not JSON"), "\(output)")
    }
}
