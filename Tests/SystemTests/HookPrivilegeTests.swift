import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// What a role with a hook may still do, and what its hook may.
    @Suite struct HookPrivilegeTests {
        @Test(
            "SEC-63: a role with a hook gives its privileges up, and the hook still runs as root and adds a route",
            arguments: [
                (LabRole.client, "client", []), (.client, "client", ["--user", "nobody", "--workers", "2"]),
                (.client, "auto", ["--user", "nobody"]), (.relay, "relay", ["--user", "nobody"]),
                (.hostRelay, "host-relay", []),
            ] as [(LabRole, String, [String])]
        )
        func privileges(role: LabRole, command: String, arguments: [String]) throws {
            let lab = try PrivilegeTests.labWithUsers()
            defer { lab.close() }
            let hook = try HookScript()
            if role == .client { try lab.waitUntilServing(try lab.start(.server)) }
            let settings = "\(hook.folder)/settings.yaml"
            try Data("hook: \(hook.path)\n".utf8).write(to: URL(filePath: settings))
            let running = try lab.start(role, as: command, arguments: ["--config", settings] + arguments)
            let isUp = try lab.wait(upTo: .seconds(30)) { hook.calls.contains { $0.hasPrefix("up ") } }
            try #require(isUp, "\(running.log)")
            let host = try lab[running.host]
            let isRouted = try lab.wait(upTo: .seconds(10)) {
                try host.run(["ip", "-6", "route", "show", HookScript.route]).output.contains("dev teredo")
            }
            #expect(isRouted, "the hook added its route: \(running.log)")
            let hasUser = arguments.contains("--user")
            // The lab's folder belongs to nobody: root needs CAP_DAC_OVERRIDE for its control socket.
            let kept = hasUser ? "0" : "2"
            // The thread that waits for the hook ends a moment after it.
            let count = arguments.contains("--workers") ? 2 : 1
            _ = try lab.wait(upTo: .seconds(10)) { try PrivilegeTests.threads(of: running).count == count }
            let threads = try PrivilegeTests.threads(of: running)
            #expect(threads.count == count)
            for (number, thread) in threads.enumerated() {
                #expect(thread["CapPrm"] == (number == 0 ? kept : "0"), "\(thread)")
                #expect(thread["CapAmb"] == "0" && thread["NoNewPrivs"] == "1", "\(thread)")
                #expect(thread["Uid"]?.hasPrefix(hasUser ? "65534 " : "0 ") == true, "\(thread)")
            }
            let helper = try #require(try Self.helper(of: running))
            let place = try CommandOutput.run(["readlink", "/proc/\(helper)/cwd"], limit: .seconds(5)).output
            #expect(place == "/\n", "it works where nothing can be in its way")
            #expect(lab.stop(running) == .exited(0), "\(running.log)")
            // Root's id, and capabilities that the role has no more.
            #expect(hook.calls.map { $0.split(separator: " ").first } == ["up", "down", "destroy"])
            for call in hook.calls {
                let words = call.split(separator: " ").map(String.init)
                #expect(words.count == 3 && words[1] == "0", "\(call)")
                let capabilities = UInt64(words.last ?? "", radix: 16) ?? 0
                #expect(capabilities.nonzeroBitCount > 1, "\(call)")
            }
            #expect(try lab.wait(upTo: .seconds(10)) { !Self.isRunning(helper) }, "the helper ended with the role")
            let socket = try #require(running.controlSocket)
            #expect(!FileManager.default.fileExists(atPath: socket), "the control socket is gone")
        }

        @Test("SEC-63: the process that runs hooks ends with a role that is killed")
        func killed() throws {
            let lab = try PrivilegeTests.labWithUsers()
            defer { lab.close() }
            let hook = try HookScript()
            let running = try lab.start(.relay, arguments: ["--hook", hook.path])
            #expect(try lab.wait(upTo: .seconds(30)) { hook.calls.contains { $0.hasPrefix("up ") } }, "\(running.log)")
            let helper = try #require(try Self.helper(of: running))
            // What a terminal or a service manager sends to everybody does not end it before the role has ended.
            for number in ["TERM", "INT", "HUP"] {
                _ = try CommandOutput.run(["kill", "-\(number)", "\(helper)"], limit: .seconds(5))
            }
            Pause.sleep(.milliseconds(200))
            #expect(Self.isRunning(helper))
            running.process.signal(9)
            #expect(try lab.wait(upTo: .seconds(20)) { !Self.isRunning(helper) })
        }

        @Test("the process that runs hooks is nothing to start by hand")
        func byHand() throws {
            try SystemTest.requirePrivileges()
            let output = try CommandOutput.run(
                [SystemTest.binary, "hook-runner", "/bin/true", "teredo"],
                limit: .seconds(20)
            )
            #expect(output.ending == .exited(64))
            #expect(output.error.contains("started by a role for its --hook"), "\(output)")
        }

        /// The process that runs the hooks of a role.
        private static func helper(of running: RunningRole) throws -> Int32? {
            try helper(of: running, named: "teredo-hook")
        }

        /// A process of this name that a role has started.
        static func helper(of running: RunningRole, named wanted: String) throws -> Int32? {
            let folder = "/proc/\(running.process.processIdentifier)/task"
            for thread in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let output = try CommandOutput.run(["cat", "\(folder)/\(thread)/children"], limit: .seconds(5)).output
                for child in output.split(separator: " ").compactMap({ Int32($0) }) {
                    let name = try CommandOutput.run(["cat", "/proc/\(child)/comm"], limit: .seconds(5)).output
                    if name == "\(wanted)\n" { return child }
                }
            }
            return nil
        }

        /// Whether a process has a program; one that only waits to be reaped has none.
        static func isRunning(_ process: Int32) -> Bool {
            FileManager.default.fileExists(atPath: "/proc/\(process)/exe")
        }
    }
}

/// A hook that writes down by whom it was called, and adds a route; it lies where only root may write.
private final class HookScript: Sendable {
    static let route = "2400:9::/48"
    let folder: String
    let path: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/teredo-hook-\(UUID().uuidString)"
        path = "\(folder)/hook"
        let script = """
            #!/bin/sh
            echo $STATE $(id -u) $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >>\(folder)/calls
            [ $STATE != up ] || exec ip -6 route add \(Self.route) dev $IFACE
            """
        let permissions: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.setAttributes(permissions, ofItemAtPath: folder)
        // Copied by a process of its own: a child that another test starts just now would hold a file open for writing
        // that was written here, and the kernel runs no such file (ETXTBSY).
        try Data(script.utf8).write(to: URL(filePath: "\(folder)/draft"))
        let copy = try CommandOutput.run(["install", "-m", "755", "\(folder)/draft", path], limit: .seconds(30))
        try #require(copy.isSuccess, "\(copy)")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The calls so far: what happened, the user, the capabilities.
    var calls: [String] {
        let text = (try? String(contentsOfFile: "\(folder)/calls", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
