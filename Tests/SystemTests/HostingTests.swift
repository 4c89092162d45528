import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What those need who run the roles as services.
    @Suite struct HostingTests {
        @Test(
            "teredo bugreport of a qualified client holds its state, its peers and its log, but none of the addresses"
        )
        func bugReport() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(client.controlSocket)
            let output = try lab[.clientA].run([SystemTest.binary, "bugreport", "--control-socket", socket])
            #expect(output.isSuccess, "\(output)")
            let report = output.output
            #expect(report.contains("\"state\" : \"qualified\"") && report.contains("  direct  "), "\(report)")
            #expect(report.contains("Teredo address of the server [ipv4-"), "\(report)")
            let own = try lab[.clientA].run(["ip", "-o", "address"]).output.split { $0 == " " || $0 == "/" }.map(
                String.init
            )
            let addresses = own.filter { $0.contains(":") || $0.contains(".") }.filter {
                $0 != "127.0.0.1" && $0 != "::1"
            }
            #expect(addresses.contains("\(addressA)"), "\(own)")
            let secrets = addresses + ["\(addressB)", "\(addressB.mappedEndpoint.address)", KernelAddresses.server]
            for secret in secrets where secret.count > 4 {
                #expect(!report.contains(secret), "\(secret) survives in \(report)")
            }
        }

        @Test("the service manager hears that a role is ready, alive, reading its settings again, and ending")
        func serviceManager() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = "\(lab.directory)/relay.yaml"
            try Data("bind: \(KernelAddresses.relay):40000\n".utf8).write(to: URL(filePath: file))
            let command = [SystemTest.binary, "relay", "--config", file, "--control-socket", "\(lab.directory)/r.sock"]
            for address in ["\(lab.directory)/notify", "@teredo-test-\(UUID().uuidString)"] {
                let heard = try Python.run(Self.listener, [address] + command, on: .relay, of: lab)
                #expect(heard == Self.expected, "\(heard)")
            }
        }

        @Test("--control-group lets the members of the group ask, and nobody else")
        func controlGroup() throws {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else { try Test.cancel("needs more than one group") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let socket = "\(directory)/relay.sock"
            let relay = try lab.start(
                .relay,
                arguments: ["--control-socket", socket, "--control-group", "daemon"]
            )
            #expect(
                try lab.wait(upTo: .seconds(10)) { relay.log.contains("2001::/32 routed") },
                "\(relay.log)"
            )
            for (group, isAnswered) in [("daemon", true), ("nogroup", false)] {
                let user = ["setpriv", "--reuid=nobody", "--regid=\(group)", "--clear-groups"]
                let output = try lab[.relay].run(user + [SystemTest.binary, "status", "--control-socket", socket])
                #expect(output.isSuccess == isAnswered, "\(group): \(output)")
                #expect(output.error.contains("only root and the socket's group may ask") != isAnswered)
            }
            let unknown = ["relay", "--bind", "\(KernelAddresses.dualStack):40000", "--control-group", "no-such-group"]
            let refused = try lab.attempt(unknown, on: .dualStack)
            #expect(refused.ending == .exited(1))
            #expect(refused.error.contains("there is no group 'no-such-group'"), "\(refused.error)")
        }

        @Test("Miredo's own client-hook runs unchanged, and the client stays connected")
        func miredoHook() throws {
            try SystemTest.requirePrivileges(miredo: true)
            let hook = "/etc/miredo/client-hook"
            guard FileManager.default.isExecutableFile(atPath: hook) else { try Test.cancel("there is no \(hook)") }
            let (lab, _, _) = try SystemTest.runningLab(clientArguments: ["--hook", hook])
            defer { lab.close() }
            // The hook gives the interface the link-local address, which we do not.
            let isDone = try lab.wait(upTo: .seconds(10)) {
                try lab[.clientA].run(["ip", "-6", "address", "show", "dev", "teredo"]).output.contains("fe80::ffff")
            }
            #expect(isDone)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            #expect(lab.stop(client) == .exited(0), "\(client.log)")
            #expect(!client.log.contains("hook \(hook) (up) failed"), "\(client.log)")
        }

        @Test(
            "--routing-table sends packets from the Teredo address through the tunnel, whatever the default route says"
        )
        func sourceRouting() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            // What a run before left behind when it crashed.
            try lab[.clientA].configure("ip -6 rule add from 2001:0:1:2:3:4:5:6 lookup 3544 prio 32765")
            let client = try lab.start(.client, arguments: ["--routing-table", "3544"])
            let address = try lab.qualifiedAddress(of: .clientA)
            try lab[.clientA].configure("ip -6 route add default dev lo metric 1")
            let host = try lab[.clientA]
            let destination = KernelAddresses.native
            #expect(
                try host.run(["ip", "-6", "route", "get", destination, "from", "\(address)"]).output.contains(
                    "dev teredo"
                )
            )
            let rules = try host.run(["ip", "-6", "rule"]).output
            #expect(rules.contains("from \(address) lookup 3544") && !rules.contains("2001:0:1:2"), "\(rules)")
            try host.configure("ip link set teredo down; ip link set teredo up")
            let isBack = try lab.wait(upTo: .seconds(10)) {
                try host.run(["ip", "-6", "route", "show", "table", "3544"]).output.contains("default dev teredo")
            }
            #expect(isBack, "the route of the table came back with the link")
            #expect(lab.stop(client) == .exited(0))
            #expect(try !host.run(["ip", "-6", "rule"]).output.contains("3544"), "the rule is gone")
        }

        @Test(
            "one capability is enough: a client and a relay with CAP_NET_ADMIN, a server with CAP_NET_RAW, none of them root"
        )
        func leastPrivileges() throws {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else { try Test.cancel("needs more than one user") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
            let roles: [(LabRole, KernelHost, String)] = [
                (.server, .server, "net_raw"), (.relay, .relay, "net_admin"), (.client, .clientA, "net_admin"),
            ]
            var running: [ChildProcess] = []
            defer { for process in running { process.terminate(grace: .seconds(2)) } }
            for (role, host, capability) in roles {
                let sets = ["inh-caps", "ambient-caps", "bounding-set"].map { "--\($0)=-all,+\(capability)" }
                let user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs"] + sets
                let command = user + lab.command(of: role, socket: "\(directory)/\(role.rawValue).sock")
                let log = "\(lab.directory)/\(role.rawValue).log"
                running.append(try ChildProcess(lab[host].inside(command), output: .file(log)))
            }
            let status = [SystemTest.binary, "status", "--json", "--control-socket", "\(directory)/client.sock"]
            let isQualified = try lab.wait(upTo: .seconds(20)) {
                try lab[.clientA].run(status).output.contains("\"state\" : \"qualified\"")
            }
            let log = try String(contentsOfFile: "\(lab.directory)/client.log", encoding: .utf8)
            #expect(isQualified, "\(log)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable, "\(log)")
        }

        @Test("teredo capture shows the packets inside the tunnel and the datagrams outside, and ends with its time")
        func capture() throws {
            try SystemTest.requirePrivileges()
            guard ChildProcess.executable(named: "tshark") != nil else { try Test.cancel("tshark is not installed") }
            let (lab, addressA, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(client.controlSocket)
            let file = "\(lab.directory)/client.pcapng"
            let log = "\(lab.directory)/capture.log"
            let command = [SystemTest.binary, "capture", "--control-socket", socket, "--seconds", "60", file]
            let capture = try ChildProcess(lab[.clientA].inside(command), output: .file(log))
            defer { capture.terminate(grace: .seconds(2)) }
            // The header is written once the tap is open.
            let isOpen = try lab.wait(upTo: .seconds(20)) {
                FileManager.default.contents(atPath: file)?.isEmpty == false
            }
            try #require(isOpen, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            Pause.sleep(.milliseconds(200))
            capture.signal(2)
            #expect(capture.wait(limit: .seconds(10)) == .exited(0))
            let told = try String(contentsOfFile: log, encoding: .utf8)
            #expect(told.contains("interface teredo inside, UDP port") && told.contains("packets inside"), "\(told)")
            let port = addressA.mappedEndpoint.port
            let read = ["tshark", "-r", file, "-d", "udp.port==\(port),teredo", "-T", "fields"]
            let fields = ["frame.interface_name", "frame.protocols"].flatMap { ["-e", $0] }
            let lines = try CommandOutput.run(read + fields, limit: .seconds(60)).output.split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("inside: teredo") && $0.contains("icmpv6") }, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("outside") && $0.contains("udp") }, "\(lines)")
        }

        /// Plays a service manager for the command in its arguments, and prints each message once.
        private static let listener = """
            import os, signal, socket, subprocess, sys
            path = sys.argv[1]
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            manager.settimeout(10)
            manager.bind(path.replace('@', '\\0', 1))
            # Some builds of the program start slowly; the watchdog only has to be heard often.
            role = subprocess.Popen(sys.argv[2:], env={'NOTIFY_SOCKET': path, 'WATCHDOG_USEC': '100000'})
            signs = 0
            def hear(end):
                global signs
                while True:
                    message = manager.recv(4096).decode()
                    if message == 'WATCHDOG=1':
                        signs += 1
                    else:
                        print(message.split(' ')[0].split('MONOTONIC')[0].strip())
                    if end(message): return
            hear(lambda message: message == 'READY=1')
            hear(lambda message: signs == 3)
            role.send_signal(signal.SIGHUP)
            hear(lambda message: message == 'READY=1')
            role.terminate()
            hear(lambda message: message == 'STOPPING=1')
            print('status', role.wait(10))
            if path[0] != '@': os.unlink(path)
            """

        private static let expected = [
            "STATUS=service", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1", "status 0",
        ]
    }
}
