import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The process that changes addresses, routes, rules and the filter for a role.
    @Suite struct HostChangerTests {
        private static let name = "teredo-host"

        @Test(
            "SEC-63: it has CAP_NET_ADMIN alone, and what loads programs for the kernel's path, confines itself, and is gone with a role that is killed, with all that it made",
            arguments: [
                (LabRole.client, "client", []), (.client, "client", ["--workers", "2"]), (.client, "auto", []),
                (.relay, "relay", []), (.hostRelay, "host-relay", []), (.gateway, "gateway", ["--masquerade"]),
                (.client, "client", ["--datapath", "ebpf"]), (.client, "auto", ["--datapath", "ebpf"]),
                (.relay, "relay", ["--datapath", "ebpf"]), (.hostRelay, "host-relay", ["--datapath", "ebpf"]),
            ] as [(LabRole, String, [String])]
        )
        func killedRole(role: LabRole, command: String, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let (running, changer) = try Self.start(role, command, arguments, lab)
            let threads = try PrivilegeTests.threads(ofProcess: changer)
            #expect(threads.count == 1)
            for thread in threads {
                let expected = arguments.contains("ebpf") ? "c000001000" : "1000"
                for set in ["CapPrm", "CapEff", "CapBnd"] { #expect(thread[set] == expected, "\(thread)") }
                #expect(thread["NoNewPrivs"] == "1" && thread["Seccomp"] == "2", "\(thread)")
            }
            for thread in try PrivilegeTests.threads(of: running) { #expect(thread["CapPrm"] == "0", "\(thread)") }
            #expect(try Self.leftovers(running.host, lab).contains("teredo"))
            lab.kill(running)
            #expect(
                try lab.wait(upTo: .seconds(10)) { !HookPrivilegeTests.isRunning(changer) },
                "it ends with the role"
            )
            let left = try Self.leftovers(running.host, lab)
            #expect(!left.contains("teredo") && !left.contains("32765"), "\(left)")
            if role == .gateway {
                let forwarding = try lab[.server].run(["cat", "/proc/sys/net/ipv6/conf/all/forwarding"]).output
                #expect(forwarding == "0\n", "forwarding is off again")
            }
        }

        @Test(
            "SEC-63: without it a role ends with status 1 and says why, and leaves no interface, route, filter or socket",
            arguments: [
                (LabRole.client, "client", []), (.client, "client", ["--workers", "2"]), (.client, "auto", []),
                (.relay, "relay", []), (.hostRelay, "host-relay", []), (.gateway, "gateway", []),
                (.client, "client", ["--datapath", "ebpf"]), (.client, "auto", ["--datapath", "ebpf"]),
                (.relay, "relay", ["--datapath", "ebpf"]), (.gateway, "gateway", ["--datapath", "ebpf"]),
            ] as [(LabRole, String, [String])]
        )
        func killedChanger(role: LabRole, command: String, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let (running, changer) = try Self.start(role, command, arguments, lab)
            // What a terminal or a service manager sends to everybody does not end it before the role has ended.
            for number in ["TERM", "INT", "HUP"] {
                _ = try CommandOutput.run(["kill", "-\(number)", "\(changer)"], limit: .seconds(5))
            }
            Pause.sleep(.milliseconds(200))
            #expect(HookPrivilegeTests.isRunning(changer))
            _ = try CommandOutput.run(["kill", "-KILL", "\(changer)"], limit: .seconds(5))
            #expect(running.process.wait(limit: .seconds(10)) == .exited(1), "\(running.log)")
            #expect(
                running.log.contains("the process that changes addresses, routes and the filter is gone"),
                "\(running.log)"
            )
            let socket = try #require(running.controlSocket)
            #expect(!FileManager.default.fileExists(atPath: socket))
            let left = try Self.leftovers(running.host, lab)
            #expect(!left.contains("teredo") && !left.contains("2001::/32"), "\(left)")
            // The rule for the address is what the kernel ties to nobody; the next start removes it.
            if role == .client {
                let next = try lab.start(role, as: command, arguments: arguments)
                _ = try lab.qualifiedAddress(of: .clientA)
                #expect(lab.stop(next) == .exited(0), "\(next.log)")
                #expect(try !Self.leftovers(.clientA, lab).contains("32765"))
            }
        }

        @Test(
            "SEC-63: a role that is to end and cannot take back what it made says so, with status 1",
            arguments: [(LabRole.client, "client", []), (.gateway, "gateway", ["--masquerade"])]
                as [(LabRole, String, [String])]
        )
        func killedBeforeTheEnd(role: LabRole, command: String, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let (running, changer) = try Self.start(role, command, arguments, lab)
            // The role learns of both at once.
            for words in [
                ["-STOP", "\(running.process.processIdentifier)"], ["-KILL", "\(changer)"],
                ["-TERM", "\(running.process.processIdentifier)"], ["-CONT", "\(running.process.processIdentifier)"],
            ] {
                _ = try CommandOutput.run(["kill"] + words, limit: .seconds(5))
            }
            #expect(running.process.wait(limit: .seconds(20)) == .exited(1), "\(running.log)")
            #expect(!running.log.contains("ended: "), "\(running.log)")
            #expect(
                running.log.contains("the process that changes addresses, routes and the filter is gone"),
                "\(running.log)"
            )
            if role == .gateway {
                #expect(running.log.contains("IPv6 forwarding is still on: sysctl -w"), "\(running.log)")
            }
        }

        @Test("SEC-17: the filter stands until the role has ended, also when the process that made it is killed")
        func filterWithoutChanger() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let (running, changer) = try Self.start(.client, "client", ["--workers", "2"], lab)
            // A busy machine may let the role learn of it late.
            for words in [["-STOP", "\(running.process.processIdentifier)"], ["-KILL", "\(changer)"]] {
                _ = try CommandOutput.run(["kill"] + words, limit: .seconds(5))
            }
            Pause.sleep(.milliseconds(500))
            let rules = try lab[.clientA].run(["nft", "list", "ruleset"]).output
            #expect(rules.contains("jump inbound"), "\(rules)")
            _ = try CommandOutput.run(["kill", "-CONT", "\(running.process.processIdentifier)"], limit: .seconds(5))
            #expect(running.process.wait(limit: .seconds(20)) == .exited(1), "\(running.log)")
            let left = try Self.leftovers(.clientA, lab)
            #expect(!left.contains("teredo"), "\(left)")
        }

        @Test("it is nothing to start by hand", arguments: [[], ["teredo", "1", "address", "none", "no-nat", "path"]])
        func byHand(words: [String]) throws {
            try SystemTest.requirePrivileges()
            let output = try CommandOutput.run([SystemTest.binary, "host-changer"] + words, limit: .seconds(20))
            #expect(output.ending == .exited(64))
            #expect(output.error.contains("started by roles only"), "\(output)")
        }

        /// A role that does its work, and the process that changes its host; without forwarding of IPv6, where it is a gateway.
        private static func start(
            _ role: LabRole,
            _ command: String,
            _ arguments: [String],
            _ lab: KernelLab
        ) throws -> (role: RunningRole, changer: Int32) {
            if role == .client { try lab.waitUntilServing(try lab.start(.server)) }
            if role == .gateway { try lab[.server].configure("sysctl -qw net.ipv6.conf.all.forwarding=0") }
            let running = try lab.start(role, as: command, arguments: arguments)
            try lab.waitUntilServing(running)
            if role == .client { _ = try lab.qualifiedAddress(of: .clientA) }
            let changer = try #require(try HookPrivilegeTests.helper(of: running, named: name), "\(running.log)")
            return (running, changer)
        }

        /// What a role could leave in the network of a host.
        private static func leftovers(_ host: KernelHost, _ lab: KernelLab) throws -> String {
            let words = [
                ["ip", "-o", "link"], ["ip", "-6", "route"], ["ip", "-6", "rule"], ["nft", "list", "ruleset"],
            ]
            return try words.map { try lab[host].run($0).output }.joined()
        }
    }
}
