import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What the roles may still do once they are set up.
    @Suite struct PrivilegeTests {
        @Test(
            "SEC-63: once set up a role and its threads keep no capability, whatever moves the packets",
            arguments: [
                (LabRole.client, []), (.client, ["--workers", "2"]), (.relay, []), (.relay, ["--workers", "2"]),
                (.hostRelay, []), (.hostRelay, ["--workers", "2"]), (.gateway, []), (.server, []),
                (.server, ["--workers", "2"]), (.server, ["--xdp", "generic"]), (.client, ["--datapath", "ebpf"]),
                (.client, ["--datapath", "ebpf", "--workers", "2"]), (.relay, ["--datapath", "ebpf"]),
                (.hostRelay, ["--datapath", "ebpf"]), (.gateway, ["--datapath", "ebpf"]),
            ] as [(LabRole, [String])]
        )
        func reduced(role: LabRole, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let isInKernel = arguments.contains("ebpf") || arguments.contains("generic")
            if isInKernel, KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            if role == .client { try lab.waitUntilServing(try lab.start(.server)) }
            let running = try lab.start(role, arguments: arguments)
            try lab.waitUntilServing(running)
            // Its address and its routes come after the privileges have gone.
            if role == .client { _ = try lab.qualifiedAddress(of: .clientA) }
            let threads = try Self.threads(of: running)
            #expect(threads.count == (arguments.contains("--workers") ? 2 : 1))
            for thread in threads {
                for set in ["CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"] {
                    #expect(thread[set] == "0", "\(thread)")
                }
                #expect(thread["NoNewPrivs"] == "1", "\(thread)")
                // A filter of system calls.
                #expect(thread["Seccomp"] == "2", "\(thread)")
            }
            let landlock = Confinement.landlockVersion.map { "files (Landlock \($0)), " } ?? ""
            #expect(running.log.contains("confined: \(landlock)system calls (seccomp)"), "\(running.log)")
            #expect(lab.stop(running) == .exited(0), "\(running.log)")
        }

        @Test("with --no-confinement a role is not confined, and says so")
        func unconfined() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server, arguments: ["--no-confinement"])
            try lab.waitUntilServing(server)
            let thread = try #require(try Self.threads(of: server).first)
            #expect(thread["Seccomp"] == "0" && thread["NoNewPrivs"] == "1", "\(thread)")
            #expect(server.log.contains("not confined: --no-confinement"), "\(server.log)")
        }

        @Test("SEC-63: with --user nothing is left of root, and nothing is left at the end")
        func user() throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server, arguments: ["--user", "nobody"]))
            let arguments = ["--user", "nobody", "--workers", "2", "--state-file", "\(lab.directory)/state/client"]
            let client = try lab.start(.client, arguments: arguments)
            let address = try lab.qualifiedAddress(of: .clientA)
            let threads = try Self.threads(of: client)
            #expect(threads.map { $0["CapPrm"] } == ["0", "0"])
            #expect(threads.map { $0["CapBnd"] } == ["0", "0"])
            for thread in threads { #expect(thread["Uid"] == "65534 65534 65534 65534", "\(thread)") }
            // What somebody takes away is put back, as before.
            try lab[.clientA].configure("ip address flush dev teredo scope global")
            let isRestored = try lab.wait(upTo: .seconds(20)) {
                try lab[.clientA].run(["ip", "-6", "address", "show", "dev", "teredo"]).output.contains("\(address)/")
            }
            #expect(isRestored, "\(client.log)")
            let socket = try #require(client.controlSocket)
            #expect(lab.stop(client) == .exited(0), "\(client.log)")
            #expect(!FileManager.default.fileExists(atPath: socket))
            #expect(FileManager.default.fileExists(atPath: "\(lab.directory)/state/client"))
        }

        @Test(
            "SEC-63: a role leaves no image of its memory, and shows it to nobody of the same user",
            arguments: [LabRole.client, .server]
        )
        func memory(role: LabRole) throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            let running = try lab.start(role, arguments: ["--user", "nobody"])
            try lab.waitUntilServing(running)
            let folder = "/proc/\(running.process.processIdentifier)"
            let limits = try String(contentsOfFile: "\(folder)/limits", encoding: .utf8)
            let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
            #expect(core.split(separator: " ").suffix(3) == ["0", "0", "bytes"], "\(core)")
            // The kernel gives these files to the user of a process that may be dumped, and to root otherwise.
            let owner = try FileManager.default.attributesOfItem(atPath: "\(folder)/mem")[.ownerAccountID] as? Int
            #expect(owner == 0)
        }

        @Test(
            "SEC-63: auto makes its roles without a capability, as the user that it became",
            arguments: [
                [], ["--datapath", "ebpf"], ["--bind", "0.0.0.0:533"], ["--bind", "0.0.0.0:533", "--workers", "2"],
            ]
        )
        func auto(arguments: [String]) throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let socket = "\(lab.directory)/auto/x.sock"
            let words =
                ["auto", "--server", KernelAddresses.server, "--user", "nobody", "--control-socket", socket]
                + arguments
            let auto = try ChildProcess(
                lab[.clientA].inside([SystemTest.binary] + words),
                output: .file("\(lab.directory)/auto.log")
            )
            defer { auto.terminate(grace: .seconds(3)) }
            let isQualified = try lab.wait(upTo: .seconds(10)) {
                try lab[.clientA].run(["ip", "-6", "address", "show", "dev", "teredo"]).output.contains("2001:0:")
            }
            #expect(isQualified, "\((try? String(contentsOfFile: "\(lab.directory)/auto.log", encoding: .utf8)) ?? "")")
            let thread = try #require(try Self.threads(ofProcess: auto.processIdentifier).first)
            #expect(thread["CapPrm"] == "0" && thread["Uid"] == "65534 65534 65534 65534", "\(thread)")
        }

        @Test(
            "SEC-63: auto shares each of its control sockets with the group without a capability for that",
            arguments: [[], ["--user", "nobody"]]
        )
        func sharingAuto(arguments: [String]) throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let words = arguments + ["--control-group", "daemon"]
            let auto = try lab.start(.client, as: "auto", on: .dualStack, arguments: words)
            let socket = try #require(auto.controlSocket)
            func shares(_ role: String) throws -> Bool {
                try lab.wait(upTo: .seconds(20)) {
                    let group = try CommandOutput.run(["stat", "-c", "%G %a", socket], limit: .seconds(5)).output
                    return group == "daemon 660\n" && auto.log.contains("\(role): ")
                }
            }
            #expect(try shares("host-relay"), "\(auto.log)")
            // The next role makes a socket of its own, when the privileges have long gone.
            try lab[.dualStack].configure("ip -6 route del default")
            _ = try lab.qualifiedAddress(of: .dualStack)
            #expect(try shares("client"), "\(auto.log)")
            let thread = try #require(try Self.threads(of: auto).first)
            // The lab's folder belongs to nobody: root needs CAP_DAC_OVERRIDE for its control socket.
            #expect(thread["CapPrm"] == (arguments.isEmpty ? "2" : "0"), "\(thread)")
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test("SEC-63: on a read-only file system no capability for its files is kept: it would not help")
        func readOnly() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let state = "\(lab.directory)/readonly"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let script = """
                mount -t tmpfs -o mode=755 none \(state) && mount -o remount,ro,bind \(state) && exec "$@"
                """
            let words = ["client", "--server", KernelAddresses.server, "--state-file", "\(state)/client.state"]
            let log = "\(lab.directory)/readonly.log"
            let client = try ChildProcess(
                lab[.clientA].inside(
                    ["unshare", "-m", "sh", "-c", script, "sh", SystemTest.binary] + words
                        + ["--control-socket", "\(lab.directory)/readonly.sock"]
                ),
                output: .file(log)
            )
            defer { client.terminate(grace: .seconds(3)) }
            func said() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
            try #require(try lab.wait(upTo: .seconds(20)) { said().contains("privileges kept") }, "\(said())")
            let thread = try #require(try Self.threads(ofProcess: client.processIdentifier).first)
            #expect(thread["CapPrm"] == "0", "\(thread) \(said())")
        }

        @Test(
            "SEC-63: started by root a role becomes the user teredo if there is one that may use its files, and root stays root",
            arguments: [
                ([], true, "65533"), (["--user", "root"], true, "0"), ([], false, "0"),
                (["--secrets-file"], true, "65533"),
            ]
                as [([String], Bool, String)]
        )
        func standardUser(arguments: [String], mayWrite: Bool, expected: String) throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            // The user exists in the eyes of this role only.
            let (users, folder) = ("\(lab.directory)/passwd", "\(lab.directory)/own")
            let known = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
            let others = known.split(separator: "\n").filter { !$0.hasPrefix("teredo:") }.joined(separator: "\n")
            try Data("\(others)\nteredo:x:65533:65533::/:/usr/sbin/nologin\n".utf8).write(to: URL(filePath: users))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            if mayWrite { _ = try CommandOutput.run(["chown", "65533", folder], limit: .seconds(5)) }
            // It is read as long as the role is root.
            let secrets = "\(lab.directory)/secrets"
            try Data("client secret\n".utf8).write(to: URL(filePath: secrets))
            _ = try CommandOutput.run(["chmod", "600", secrets], limit: .seconds(5))
            let readsSecrets = arguments == ["--secrets-file"]
            let command =
                lab.command(of: .server, socket: "\(folder)/x.sock") + arguments + (readsSecrets ? [secrets] : [])
            let script = "mount --bind \(users) /etc/passwd && exec \"$@\""
            let log = "\(lab.directory)/own.log"
            let server = try ChildProcess(
                lab[.server].inside(["unshare", "-m", "sh", "-c", script, "sh"] + command),
                output: .file(log)
            )
            defer { server.terminate(grace: .seconds(3)) }
            func said() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
            try #require(try lab.wait(upTo: .seconds(20)) { said().contains("privileges kept") }, "\(said())")
            let thread = try #require(try Self.threads(ofProcess: server.processIdentifier).first)
            #expect(thread["Uid"]?.hasPrefix("\(expected) ") == true, "\(thread) \(said())")
            let warning = "SIGHUP will not work: user teredo may not read \(secrets); sudo chown teredo \(secrets)"
            #expect(said().contains(warning) == readsSecrets, "\(said())")
            #expect(
                said().contains("the role stays root: user teredo may not write to \(folder)") == !mayWrite,
                "\(said())"
            )
        }

        @Test("a user that cannot be become, or that could not write its files, is an error with a remedy")
        func unusable() throws {
            let lab = try Self.labWithUsers()
            defer { lab.close() }
            let server = lab.command(of: .server, socket: "\(lab.directory)/x.sock")
            let closed = lab.command(of: .server, socket: "/etc/x.sock")
            let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            for (command, message, remedy) in [
                (server + ["--user", "no-such-user"], "there is no such user", "useradd"),
                (closed + ["--user", "nobody"], "may not write to /etc", "install -d -o nobody /etc"),
                (nobody + server + ["--user", "nobody"], "only root can become another user", "sudo"),
            ] {
                let output = try lab[.server].run(command)
                #expect(output.ending == .exited(1), "\(output)")
                #expect(output.error.contains(message), "\(output.error)")
                #expect(output.error.contains(remedy), "\(output.error)")
            }
        }

        /// A lab whose folder belongs to nobody.
        static func labWithUsers() throws -> KernelLab {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("root inside a user namespace cannot become another user")
            }
            let lab = try SystemTest.lab()
            _ = try CommandOutput.run(["chown", "65534", lab.directory], limit: .seconds(5))
            return lab
        }

        /// What the kernel says of each thread, the first one first; of numbers without leading zeros.
        static func threads(of running: RunningRole) throws -> [[String: String]] {
            try threads(ofProcess: running.process.processIdentifier)
        }

        static func threads(ofProcess process: Int32) throws -> [[String: String]] {
            let folder = "/proc/\(process)/task"
            let numbers = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap(Int.init).sorted()
            return try numbers.map { number in
                let output = try CommandOutput.run(["cat", "\(folder)/\(number)/status"], limit: .seconds(5)).output
                var fields: [String: String] = [:]
                for line in output.split(separator: "\n") {
                    let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }.map(String.init)
                    guard let name = words.first else { continue }
                    let isMask = name.hasPrefix("Cap")
                    let value = words.dropFirst().joined(separator: " ")
                    fields[name] = isMask ? String(UInt64(value, radix: 16) ?? .max, radix: 16) : value
                }
                return fields
            }
        }
    }
}
