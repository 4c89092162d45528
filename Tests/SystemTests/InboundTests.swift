import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What strangers reach through the tunnel.
    @Suite struct InboundTests {
        /// Whatever moves the packets of clients and relay.
        enum Movers: CaseIterable {
            case oneThread
            case threeThreads
            case kernel

            var arguments: [String] {
                switch self {
                case .oneThread: []
                case .threeThreads: ["--workers", "3"]
                case .kernel: ["--datapath", "ebpf"]
                }
            }
        }

        /// Listens on TCP ports and one UDP port, and answers there.
        private static let services = """
            import select, socket
            listeners = [socket.create_server(("::", p), family=socket.AF_INET6, backlog=512) for p in (22, 5001, 8080)]
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            udp.bind(("::", 3074))
            print("ready")
            while True:
                for ready in select.select(listeners + [udp], [], [])[0]:
                    if ready is udp:
                        data, source = udp.recvfrom(100)
                        udp.sendto(b"heard " + data, source)
                    else:
                        ready.accept()[0].close()
            """

        /// Knocks at TCP ports, and prints those that answer at all, with a connection or with a refusal; then knocks at UDP 3074.
        private static let scan = """
            import select, socket, sys, time
            address, ports = sys.argv[1], sys.argv[2]
            ports = range(1, 65536) if ports == "all" else [int(p) for p in ports.split(",")]
            batch = 800
            for first in range(0, len(ports), batch):
                poll, knocks = select.poll(), {}
                for port in ports[first:first + batch]:
                    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
                    s.setblocking(False)
                    s.connect_ex((address, port))
                    knocks[s.fileno()] = (s, port)
                    poll.register(s, select.POLLOUT | select.POLLERR)
                end = time.monotonic() + (0.25 if len(ports) > batch else 3)
                while knocks and (rest := end - time.monotonic()) > 0:
                    for fd, _ in poll.poll(rest * 1000):
                        s, port = knocks.pop(fd)
                        print("tcp", port, s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                        poll.unregister(fd); s.close()
                for s, _ in knocks.values(): s.close()
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            udp.settimeout(2)
            try:
                udp.connect((address, 3074)); udp.send(b"knock"); print(udp.recv(100).decode())
            except OSError as error: print("udp", "silent" if isinstance(error, TimeoutError) else error)
            """

        private static let samples = "22,80,443,5001,8080,31337"

        private static func require(_ movers: Movers = .oneThread) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if movers == .kernel, KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
        }

        private static func lab(
            _ movers: Movers,
            of client: [String] = []
        ) throws -> (KernelLab, RunningRole, TeredoAddress) {
            let lab = try SystemTest.lab()
            let server = try lab.start(.server)
            let relay = try lab.start(.relay, arguments: movers.arguments)
            for role in [server, relay] { try lab.waitUntilServing(role) }
            let client = try lab.start(.client, on: .clientA, arguments: movers.arguments + client)
            try lab.start(.client, on: .clientB, arguments: movers.arguments)
            _ = try lab.qualifiedAddress(of: .clientB)
            return (lab, client, try lab.qualifiedAddress(of: .clientA))
        }

        private static func ruleset(_ host: KernelHost, _ lab: KernelLab) throws -> String {
            try lab[host].run(["nft", "list", "ruleset"]).output
        }

        private static func teredo(_ words: [String], _ role: RunningRole, _ lab: KernelLab) throws -> CommandOutput {
            let socket = try #require(role.controlSocket)
            return try lab[role.host].run([SystemTest.binary] + words + ["--control-socket", socket])
        }

        @Test(
            "SEC-17: native host and peer find no port of a client's host, and after 'allow' that port only, on every data path",
            arguments: Movers.allCases
        )
        func scan(movers: Movers) throws {
            try Self.require(movers)
            let (lab, client, address) = try Self.lab(movers)
            defer { lab.close() }
            let services = try Python.start(Self.services, on: .clientA, of: lab, name: "services")
            defer { services.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { services.lines == ["ready"] }, "\(services.lines)")
            let hosts = [KernelHost.native, .clientB]
            func found(_ host: KernelHost, _ ports: String = InboundTests.samples) throws -> [String] {
                try Python.run(Self.scan, ["\(address)", ports], on: host, of: lab, limit: .seconds(120))
            }
            for host in hosts {
                #expect(try lab.ping("\(address)", from: host).isReachable, "pings pass (RFC 4890), from \(host)")
                let everywhere = movers == .oneThread ? "all" : Self.samples
                #expect(try found(host, everywhere) == ["udp silent"], "from \(host)")
            }
            for rule in ["tcp/8080", "udp/3074", "tcp/5001 from 2001::/32"] {
                let output = try Self.teredo(["allow", rule], client, lab)
                #expect(output.isSuccess && output.output.contains(rule), "\(output)")
            }
            #expect(try found(.native) == ["tcp 8080 0", "heard knock"])
            #expect(try found(.clientB).sorted() == ["heard knock", "tcp 5001 0", "tcp 8080 0"])
            // The host itself reaches others as before.
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            for rule in ["tcp/8080", "udp/3074"] { #expect(try Self.teredo(["deny", rule], client, lab).isSuccess) }
            #expect(try found(.native) == ["udp silent"])
            let denied = try Self.teredo(["deny", "tcp/8080"], client, lab)
            #expect(!denied.isSuccess && denied.error.contains("not allowed anyway"), "\(denied)")
            var text = ""
            _ = try lab.wait(upTo: .seconds(30)) {
                text = try lab.statusText(of: client) ?? ""
                return !text.isEmpty
            }
            #expect(text.contains(": filtered: answers and pings, and tcp/5001 from 2001::/32\n"), "\(text)")
            #expect(text.contains("Refused ") && text.contains(" from \(KernelAddresses.native) ("), "\(text)")
            let isLogged = try lab.wait(upTo: .seconds(20)) { client.log.contains("inbound: refused ") }
            #expect(isLogged, "\(client.log)")
            let lines = client.log.split(separator: "\n").filter { $0.contains("inbound: refused ") }
            #expect(lines.count <= 4, "at most one line a minute: \(lines)")
        }

        @Test(
            "SEC-17: the filter is there before the address, flushing does not remove it, and it ends with the client, killed or not"
        )
        func lifetime() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            var client = try lab.start(.client)
            // Nobody answers yet.
            try #require(try lab.wait(upTo: .seconds(20)) { client.log.contains("restricted phase") }, "\(client.log)")
            #expect(try lab.teredoAddress(of: .clientA) == nil)
            #expect(try Self.ruleset(.clientA, lab).contains("iif \"teredo\" jump inbound"))
            try lab.waitUntilServing(try lab.start(.server))
            _ = try lab.qualifiedAddress(of: .clientA, limit: .seconds(60))
            for attempt in [
                "nft flush ruleset", "nft delete table ip6 teredo-teredo", "nft flush table ip6 teredo-teredo",
            ] {
                _ = try lab[.clientA].run(["sh", "-c", attempt])
                #expect(try Self.ruleset(.clientA, lab).contains("iif \"teredo\" jump inbound"), "after \(attempt)")
            }
            lab.kill(client)
            #expect(try Self.ruleset(.clientA, lab).isEmpty)
            client = try lab.start(.client)
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(try Self.ruleset(.clientA, lab).contains("jump inbound"))
            #expect(lab.stop(client) == .exited(0), "\(client.log)")
            #expect(try Self.ruleset(.clientA, lab).isEmpty)
        }

        @Test("SEC-17: what a client's host forwards to is no more open than the host")
        func forwarding() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            try lab[.dualStack].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            try lab.waitUntilServing(try lab.start(.hostRelay))
            let rules = try Self.ruleset(.dualStack, lab)
            let forward = rules.components(separatedBy: "chain forward").last ?? ""
            #expect(forward.contains("iif \"teredo\" jump inbound"), "\(rules)")
        }

        @Test(
            "--inbound open opens all, says so, and is closed again by SIGHUP; what the settings allow follows the file"
        )
        func open() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let file = "\(lab.directory)/client.yaml"
            func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: file)) }
            try write("inbound: open\n")
            let client = try lab.start(.client, arguments: ["--config", file])
            let address = try lab.qualifiedAddress(of: .clientA)
            let services = try Python.start(Self.services, on: .clientA, of: lab, name: "services")
            defer { services.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { services.lines == ["ready"] }, "\(services.lines)")
            #expect(
                client.log.contains("inbound is open, and no other filter of this host looks at IPv6"),
                "\(client.log)"
            )
            #expect(try Self.ruleset(.clientA, lab).isEmpty)
            #expect(try lab.ping("\(address)", from: .native).isReachable)
            func found() throws -> [String] {
                try Python.run(Self.scan, ["\(address)", "22,8080"], on: .native, of: lab).sorted()
            }
            #expect(try found() == ["heard knock", "tcp 22 0", "tcp 8080 0"])
            let check = try Self.teredo(["check", "--json"], client, lab).output
            #expect(check.split { !($0.isLetter || $0 == "-") }.contains("inbound-open"), "\(check)")
            try lab[.clientA].configure(
                "nft 'add table inet f; add chain inet f i { type filter hook input priority 0; policy drop; }'"
            )
            #expect(
                try #require(try lab.statusText(of: client)).contains("open; another filter of this host looks at IPv6")
            )
            try lab[.clientA].configure("nft flush ruleset")

            func reload(_ text: String, _ answer: String) throws {
                try write(text)
                client.process.signal(1)
                #expect(try lab.wait(upTo: .seconds(30)) { client.log.contains(answer) }, "\(client.log)")
            }
            try reload("allow: [tcp/22]\n", "settings read again: inbound, allow changed")
            #expect(try found() == ["tcp 22 0", "udp silent"])
            #expect(try Self.teredo(["allow", "udp/3074"], client, lab).isSuccess)
            try reload("allow: [tcp/8080]\n", "settings read again: allow changed")
            #expect(try found() == ["heard knock", "tcp 8080 0"], "what was allowed by command stays")
        }

        @Test("who may use the control socket as a member of its group may not change what comes in")
        func group() throws {
            try Self.require()
            guard !KernelPrivileges.isInUserNamespace else { try Test.cancel("needs more than one group") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let socket = "\(directory)/client.sock"
            let client = try lab.start(.client, arguments: ["--control-socket", socket, "--control-group", "daemon"])
            try #require(try lab.wait(upTo: .seconds(20)) { client.log.contains("qualifying") }, "\(client.log)")
            let user = ["setpriv", "--reuid=nobody", "--regid=daemon", "--clear-groups"]
            let asked = try lab[.clientA].run(user + [SystemTest.binary, "status", "--control-socket", socket])
            #expect(asked.output.hasPrefix("client "), "\(asked)")
            let refused = try lab[.clientA].run(user + [SystemTest.binary, "allow", "all", "--control-socket", socket])
            #expect(!refused.isSuccess && refused.error.contains("only root and the user of the role"), "\(refused)")
            #expect(try !Self.ruleset(.clientA, lab).contains("chain allowed {\n\t\taccept"))
        }

        @Test("SEC-17: a command of 'teredo run' is reached at what is allowed only, inside its namespace")
        func command() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let words = [
                "run", "--server", KernelAddresses.server, "--allow", "tcp/8080", "--control-socket",
                "\(lab.directory)/run.sock",
            ]
            let command = [SystemTest.binary] + words + ["--", "python3", "-u", "-c", Self.services]
            let log = "\(lab.directory)/run.log"
            let running = RunningProgram(
                process: try ChildProcess(lab[.clientA].inside(command), output: .file(log)),
                logPath: log
            )
            defer { running.stop() }
            try #require(try lab.wait(upTo: .seconds(30)) { running.lines.contains("ready") }, "\(running.lines)")
            let status = try lab[.clientA].run([
                SystemTest.binary, "status", "--json", "--control-socket", "\(lab.directory)/run.sock",
            ])
            let word = try #require(status.output.split(separator: "\n").first { $0.contains("\"address\" : \"2001:") })
            let address = try #require(word.split(separator: "\"").first { $0.hasPrefix("2001:") })
            #expect(try lab.ping(String(address), from: .native).isReachable)
            let found = try Python.run(Self.scan, [String(address), Self.samples], on: .native, of: lab)
            #expect(found == ["tcp 8080 0", "udp silent"])
            #expect(try Self.ruleset(.clientA, lab).isEmpty, "the filter is inside")
        }

        @Test(
            "gateway --masquerade switches forwarding and translation on, lets clients out with its address, and takes both back"
        )
        func masquerade() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab[.internet].configure("ip route del 2001::/32")
            let forwarding = "cat /proc/sys/net/ipv6/conf/all/forwarding"
            try lab[.server].configure("echo 0 > /proc/sys/net/ipv6/conf/all/forwarding")
            let secondary = ["--secondary-address", KernelAddresses.secondaryServer]
            let gateway = try lab.start(.gateway, arguments: secondary + ["--masquerade"])
            try lab.waitUntilServing(gateway)
            try lab.start(.client)
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable, "\(gateway.log)")
            #expect(try Self.ruleset(.server, lab).contains("ip6 saddr 2001::/32 oif != \"teredo\" masquerade"))
            let text = try #require(try lab.statusText(of: gateway))
            #expect(text.contains(": on: clients leave with this host's own address\n"), "\(text)")
            #expect(lab.stop(gateway) == .exited(0), "\(gateway.log)")
            #expect(try lab[.server].run(["sh", "-c", forwarding]).output == "0\n")
            #expect(try Self.ruleset(.server, lab).isEmpty)
        }
    }
}
