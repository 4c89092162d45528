import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

extension SystemTests {
    /// `teredo proxy` and `teredo connect` as a user without any privilege and without /dev/net/tun, behind a real NAT.
    @Suite struct ProxyTests {
        /// A lab with a proxy on client A, a name server, and programs to talk to on the native host.
        private struct Scene {
            let lab: KernelLab
            let proxy: RunningProgram?
            let helpers: [RunningProgram]

            func close() {
                proxy?.stop()
                for helper in helpers { helper.stop() }
                lab.close()
            }

            /// Runs one of the trials of ``ProxyPrograms/trials`` next to the proxy, and returns what it printed.
            func attempt(_ trial: String, _ arguments: [String] = [], limit: Duration = .seconds(60)) throws -> [String]
            {
                try Python.run(ProxyPrograms.trials, [trial] + arguments, on: .clientA, of: lab, limit: limit)
            }
        }

        private static let unprivileged = [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
            "--no-new-privs",
        ]

        /// A command as a user without privileges, where there is no device for interfaces and the lab has the name server.
        private static func inContainer(_ command: [String], _ lab: KernelLab) throws -> [String] {
            let file = "\(lab.directory)/resolv.conf"
            try "nameserver \(KernelAddresses.server)\n".write(toFile: file, atomically: false, encoding: .utf8)
            let mounts =
                "mount --bind \(file) /etc/resolv.conf && if [ -e /dev/net/tun ]; then mount --bind /dev/null /dev/net/tun; fi "
                + "&& exec \"$@\""
            return try lab[.clientA].inside(["unshare", "-m", "sh", "-c", mounts, "sh"] + unprivileged + command)
        }

        private static func scene(
            startsProxy: Bool = true,
            nat: NATKind = .portRestricted,
            arguments: [String] = []
        ) throws -> Scene {
            try SystemTest.requirePrivileges()
            try Python.require()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("root inside a user namespace cannot become another user")
            }
            let lab = try SystemTest.lab(nat1: nat)
            for role in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(role) }
            let names = try Python.start(
                ProxyPrograms.nameServer,
                [KernelAddresses.server, KernelAddresses.native],
                on: .server,
                of: lab,
                name: "dns"
            )
            let services = try Python.start(
                ProxyPrograms.services,
                [KernelAddresses.native],
                on: .native,
                of: lab,
                name: "services"
            )
            var proxy: RunningProgram?
            if startsProxy {
                let log = "\(lab.directory)/proxy.log"
                let command = [
                    SystemTest.binary, "proxy", "--server", KernelAddresses.server, "--log-level", "debug",
                    "--control-socket",
                    "\(lab.directory)/proxy.sock",
                ]
                try lab.openFolder()
                let process = try ChildProcess(try inContainer(command + arguments, lab), output: .file(log))
                proxy = RunningProgram(process: process, logPath: log)
            }
            let scene = Scene(lab: lab, proxy: proxy, helpers: [names, services])
            let isReady = try lab.wait(upTo: .seconds(20)) {
                names.lines.contains("serving") && services.lines.contains("serving")
                    && proxy?.lines.contains { $0.contains("SOCKS proxy at") } != false
            }
            try #require(isReady, "\(proxy?.lines ?? [])")
            return scene
        }

        @Test("hosts are reached by name and by address, without privileges, TUN device and interface")
        func fetch() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            for host in ["native.example", KernelAddresses.native, "[\(KernelAddresses.native)]"] {
                #expect(
                    try scene.attempt("fetch", [host, "1000"]) == ["reply 0", "1000 octets as they should be"],
                    "\(host)"
                )
            }
            #expect(
                try scene.attempt("fetch-address", [KernelAddresses.native, "1000"]).last
                    == "1000 octets as they should be"
            )
            let links = try scene.lab[.clientA].run(["ip", "-o", "link"]).output
            #expect(!links.contains("teredo") && !links.contains("userspace"), "\(links)")
        }

        @Test("curl takes the proxy, and tells the reply in its words")
        func curl() throws {
            if ChildProcess.executable(named: "curl") == nil { try Test.cancel("curl is not installed") }
            let scene = try Self.scene()
            defer { scene.close() }
            func fetch(_ place: String) throws -> CommandOutput {
                let words = [
                    "curl", "-sS", "--max-time", "30", "--socks5-hostname", "127.0.0.1:1080", "http://\(place)/",
                ]
                return try scene.lab[.clientA].run(words, limit: .seconds(40))
            }
            #expect(try fetch("native.example:8006").output == "hello\n")
            #expect(try fetch("[\(KernelAddresses.native)]:8006").output == "hello\n")
            let refused = try fetch("native.example:9")
            #expect(refused.error.contains("Can't complete SOCKS5 connection to native.example. (5)"), "\(refused)")
        }

        @Test("ssh goes through teredo connect", arguments: [true, false])
        func secureShell(throughProxy: Bool) throws {
            guard let daemon = ChildProcess.executable(named: "sshd"), ChildProcess.executable(named: "ssh") != nil
            else {
                try Test.cancel("ssh and sshd are not both installed")
            }
            let scene = try Self.scene(startsProxy: throughProxy)
            defer { scene.close() }
            let folder = scene.lab.directory
            for key in ["host", "user"] {
                let made = try CommandOutput.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)"],
                    limit: .seconds(10)
                )
                try #require(made.isSuccess, "\(made)")
            }
            _ = try CommandOutput.run(["chown", "65534", "\(folder)/user"], limit: .seconds(5))
            _ = try CommandOutput.run(["mkdir", "-p", "/run/sshd"], limit: .seconds(5))
            let options = ["UsePAM=no", "StrictModes=no", "PidFile=none", "AuthorizedKeysFile=\(folder)/user.pub"]
            let log = "\(folder)/sshd.log"
            let server = try ChildProcess(
                try scene.lab[.native].inside(
                    [daemon, "-D", "-e", "-f", "/dev/null", "-h", "\(folder)/host", "-p", "8022"]
                        + options.flatMap { ["-o", $0] }
                ),
                output: .file(log)
            )
            defer { server.terminate(grace: .seconds(2)) }
            let words = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"].flatMap {
                ["-o", $0]
            }
            let choice = throughProxy ? "" : " --server \(KernelAddresses.server)"
            let ssh =
                ["ssh", "-F", "none", "-i", "\(folder)/user", "-p", "8022"] + words
                + ["-o", "ProxyCommand=\(SystemTest.binary) connect\(choice) %h %p", "root@native.example"]
            let command = try Self.inContainer(ssh + ["cat; echo from inside"], scene.lab)
            let script = command.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
            let output = try CommandOutput.run(
                [
                    "sh", "-c",
                    "head -c 1000000 /dev/zero | \(script) | sha256sum; { head -c 1000000 /dev/zero; echo from inside; } | sha256sum",
                ],
                limit: .seconds(60)
            )
            let sums = output.output.split(separator: "\n")
            let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            #expect(sums.count == 2 && sums.first == sums.last, "\(output) \(said)")
        }

        @Test(
            "another Teredo client is reached directly, behind symmetric NATs too",
            arguments: [NATKind.portRestricted, .symmetric]
        )
        func peer(nat: NATKind) throws {
            let scene = try Self.scene(nat: nat)
            defer { scene.close() }
            try scene.lab.start(.client, on: .clientB, arguments: ["--allow", "tcp/8001"])
            let peer = try scene.lab.qualifiedAddress(of: .clientB).ipv6.description
            let service = try Python.start(ProxyPrograms.services, [peer], on: .clientB, of: scene.lab, name: "peer")
            defer { service.stop() }
            try #require(try scene.lab.wait(upTo: .seconds(20)) { service.lines.contains("serving") })
            #expect(try scene.attempt("fetch", [peer, "1000000"]) == ["reply 0", "1000000 octets as they should be"])
            // What is not allowed there gets no answer.
            #expect(try scene.attempt("reply", ["1", peer, "8002"]) == ["reply 6"])
        }

        @Test("10 MB arrive intact in each direction")
        func bulk() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let down = try scene.attempt("fetch", ["native.example", "10000000"])
            #expect(down.last == "10000000 octets as they should be", "\(down)")
            let up = try scene.attempt("send", ["native.example", "10000000"])
            #expect(up.last == "10000000 octets arrived as they should be", "\(up)")
        }

        @Test("100 connections at once are served")
        func many() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            #expect(try scene.attempt("many", ["native.example", "100"]) == ["100 of 100"])
        }

        @Test("the reply says what was in the way")
        func replies() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let reply = { try scene.attempt("reply", $0) }
            #expect(try reply(["1", "native.example", "9"]) == ["reply 5"], "nobody listens there")
            #expect(try reply(["1", "nowhere.example", "80"]) == ["reply 4"], "the name has no IPv6 address")
            #expect(try reply(["1", "192.0.2.1", "80"]) == ["reply 8"], "an IPv4 address as a name")
            #expect(try reply(["1", "::ffff:192.0.2.1", "80"]) == ["reply 8"], "an IPv4 address in an IPv6 one")
            #expect(try reply(["1", "fe80::1", "80"]) == ["reply 2"], "no address that others can reach")
            #expect(try reply(["2", "native.example", "80"]) == ["reply 7"], "BIND")
            #expect(try reply(["3", "native.example", "80"]) == ["reply 7"], "UDP ASSOCIATE")
            #expect(try scene.attempt("ipv4", []) == ["reply 8"])
        }

        @Test("one side may end before the other, and a slow reader holds the sender back")
        func halfClosed() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            #expect(try scene.attempt("half-close", ["native.example"]) == ["100000 octets came back after the end"])
            // The program has gone while most of it waits for the other side, which ended before.
            let late = try scene.attempt("late", ["native.example", "3000000"])
            #expect(late == ["3000000 octets arrived"], "\(scene.proxy?.lines.suffix(5) ?? [])")
            let slow = try scene.attempt("slow", ["native.example", "20000000"])
            #expect(slow.last == "20000000 octets as they should be", "\(slow)")
            let held =
                slow.first { $0.hasPrefix("held back at ") }?.split(separator: " ").last.flatMap { Int($0) } ?? .max
            #expect(held < 15_000_000, "the sender is held back while nobody reads: \(slow)")
        }

        @Test("garbage, floods and programs that say nothing neither stop the proxy nor fill its memory")
        func garbage() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let process = try #require(scene.proxy).process.processIdentifier
            #expect(try scene.attempt("fetch", ["native.example", "1000"]).last == "1000 octets as they should be")
            _ = try scene.attempt("garbage", ["1000"])
            let before = try Self.residentMemory(process)
            for _ in 0..<3 { _ = try scene.attempt("garbage", ["1000"]) }
            let after = try Self.residentMemory(process)
            #expect(after - before < 2048, "memory in KiB: \(before) before, \(after) after")
            #expect(try scene.attempt("silent", ["400", "native.example"]) == ["served beside 400"])
        }

        /// In KiB.
        private static func residentMemory(_ process: CInt) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }

        @Test("SIGTERM ends proxy and connections, and leaves nothing behind")
        func ending() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let socket = "\(scene.lab.directory)/proxy.sock"
            let status = try scene.lab[.clientA].run([
                SystemTest.binary, "status", "--json", "--control-socket", socket,
            ]).output
            #expect(status.contains("\"role\" : \"client\""), "\(status)")
            let proxy = try #require(scene.proxy)
            let open = try Python.start(
                ProxyPrograms.trials,
                ["hold", "native.example"],
                on: .clientA,
                of: scene.lab,
                name: "hold"
            )
            defer { open.stop() }
            try #require(try scene.lab.wait(upTo: .seconds(20)) { open.lines.contains("reply 0") })
            proxy.process.signal(15)
            #expect(proxy.process.wait(limit: .seconds(10)) == .exited(0), "\(proxy.lines)")
            #expect(try scene.lab.wait(upTo: .seconds(5)) { open.lines.contains("broken off") }, "\(open.lines)")
            #expect(!FileManager.default.fileExists(atPath: socket))
            #expect(!proxy.lines.contains { $0.contains("seccomp") && $0.contains("killed") })
        }

        @Test(
            "teredo connect carries standard input and output, through the proxy or with a client of its own",
            arguments: [true, false]
        )
        func connect(throughProxy: Bool) throws {
            let scene = try Self.scene(startsProxy: throughProxy)
            defer { scene.close() }
            let server = throughProxy ? [] : ["--server", KernelAddresses.server]
            let program = ([SystemTest.binary, "connect"] + server).joined(separator: " ")
            func run(_ script: String) throws -> CommandOutput {
                try CommandOutput.run(try Self.inContainer(["sh", "-c", script], scene.lab), limit: .seconds(60))
            }
            // The service answers with everything after it has seen the end of what was sent.
            let input = "head -c 3000000 /dev/zero | tr '\\\\0' x"
            let echo = try run("\(input) | \(program) native.example 8003 | sha256sum; \(input) | sha256sum")
            let sums = echo.output.split(separator: "\n")
            #expect(sums.count == 2 && sums.first == sums.last, "\(echo)")
            #expect(echo.error.isEmpty, "\(echo.error)")
            let address = try run("printf 5 | \(program) \(KernelAddresses.native) 8001 | wc -c")
            #expect(address.output == "5\n", "\(address)")
            let refused = try run("\(program) native.example 9 </dev/null")
            #expect(refused.ending == .exited(1))
            #expect(refused.error.contains("cannot connect to native.example port 9: connection refused"), "\(refused)")
            let name = try run("\(program) nowhere.example 80 </dev/null")
            #expect(name.ending == .exited(1))
            #expect(name.error.contains("no IPv6 address"), "\(name)")
        }

        @Test("without a proxy and a server teredo connect says what to do; it tells no other proxy where it goes")
        func noProxy() throws {
            let scene = try Self.scene(startsProxy: false)
            defer { scene.close() }
            let command = try Self.inContainer([SystemTest.binary, "connect", "secret.example", "80"], scene.lab)
            let alone = try CommandOutput.run(command, limit: .seconds(20))
            #expect(alone.ending == .exited(1))
            #expect(alone.error.contains("no 'teredo proxy' runs at 127.0.0.1:1080"), "\(alone)")
            let other = try Python.start(ProxyPrograms.otherProxy, [], on: .clientA, of: scene.lab, name: "other")
            defer { other.stop() }
            try #require(try scene.lab.wait(upTo: .seconds(20)) { other.lines.contains("serving") })
            let beside = try CommandOutput.run(command, limit: .seconds(20))
            #expect(beside.ending == .exited(1))
            #expect(other.lines.contains("heard 050184"), "\(other.lines)")
            #expect(!other.lines.contains { $0.contains("736563726574") }, "the name: \(other.lines)")
        }

        @Test("nothing can be begun from outside: a connection is refused, a ping is answered")
        func outside() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let socket = "\(scene.lab.directory)/proxy.sock"
            let address = try scene.lab[.clientA].run([
                SystemTest.binary, "wait", "--timeout", "20", "--control-socket", socket,
            ]).output
            let teredo = try #require(address.split(whereSeparator: \.isWhitespace).first.map(String.init))
            let ping = try scene.lab[.native].run(["ping", "-6", "-n", "-c3", "-W", "5", teredo], limit: .seconds(30))
            #expect(ping.output.contains("3 received") || ping.output.contains("2 received"), "\(ping)")
            #expect(try Python.run(ProxyPrograms.knock, [teredo, "1080"], on: .native, of: scene.lab) == ["refused"])
        }

        @Test("bad settings end with status 64, and errors fit the screen", arguments: ProxyPrograms.mistakes)
        func mistakes(arguments: [String], complaint: String) throws {
            let output = try CommandOutput.run([SystemTest.binary] + arguments, limit: .seconds(10))
            #expect(output.ending == .exited(64), "\(output)")
            #expect(output.error.contains(complaint), "\(output.error)")
        }

        // Neither needs a server: a request waits for an address for 30 s.
        private static func alone(_ script: String) throws -> String {
            try SystemTest.requirePrivileges()
            let whole = "ip link set lo up; mount -t tmpfs -o ro none /run; \(script)"
            let command = ["unshare", "-n", "-m", "sh", "-c", whole]
            let output = try CommandOutput.run(command, limit: .seconds(60))
            return output.output + output.error
        }

        @Test("a proxy starts where /run is read-only, without a control socket")
        func readOnly() throws {
            let said = try Self.alone("timeout 3 \(SystemTest.binary) proxy --server 192.0.2.1 2>&1")
            #expect(said.contains("control socket none"), "\(said)")
        }

        @Test(
            "teredo connect waits 3 seconds for what listens at the port of a proxy and says nothing, and goes on without"
        )
        func silentProxy() throws {
            try Python.require()
            let listener = "import socket, time; s = socket.create_server((\"127.0.0.1\", 1080)); time.sleep(60)"
            let said = try Self.alone(
                """
                python3 -c '\(listener)' & listener=$!
                sleep 1
                date +%s%N
                timeout 30 \(SystemTest.binary) connect nowhere.example 80 2>&1 || echo status $?
                date +%s%N
                kill $listener
                """
            )
            let times = said.split(separator: "\n").compactMap { Int64($0) }
            try #require(times.count == 2, "\(said)")
            #expect((2_900_000_000..<15_000_000_000).contains(times[1] - times[0]), "\(said)")
            #expect(said.contains("no 'teredo proxy' runs at 127.0.0.1:1080") && said.contains("status 1\n"), "\(said)")
        }

        @Test("a full proxy answers that it failed, and teredo connect that there is no room")
        func full() throws {
            try Python.require()
            let name = "full-\(UInt32.random(in: 1...(.max))).py"
            let script = FileManager.default.temporaryDirectory.appendingPathComponent(name)
            try ProxyPrograms.trials.write(to: script, atomically: false, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: script) }
            let said = try Self.alone(
                """
                \(SystemTest.binary) proxy --server 192.0.2.1 --control-socket \(script.path).sock 2>&1 & proxy=$!; sleep 2
                \(SystemTest.binary) status --all --control-socket \(script.path).sock
                python3 \(script.path) full & trial=$!; sleep 4
                \(SystemTest.binary) connect example.org 80 </dev/null 2>&1
                \(SystemTest.binary) status --control-socket \(script.path).sock
                \(SystemTest.binary) status --json --control-socket \(script.path).sock > \(script.path).json
                wait $trial; kill $proxy; wait $proxy
                """
            )
            #expect(said.contains("reply 1"), "\(said)")
            #expect(said.contains("the proxy has no room for another connection"), "\(said)")
            #expect(said.contains("full: a request is refused"), "\(said)")
            #expect(said.contains(": 0 of "), "the status before: \(said)")
            #expect(said.contains("full: ") && said.contains("The proxy is full: there are "), "\(said)")
            let json = try String(contentsOfFile: "\(script.path).json", encoding: .utf8)
            try FileManager.default.removeItem(atPath: "\(script.path).json")
            #expect(json.contains("\"connectionLimit\"") && json.contains("\"refusedRequests\""), "\(json)")
            _ = try JSONSchema("status").validate(json)
        }

        @Test("the proxy's own address is refused at once")
        func ownAddress() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let socket = "\(scene.lab.directory)/proxy.sock"
            let address = try scene.lab[.clientA].run([
                SystemTest.binary, "wait", "--timeout", "20", "--control-socket", socket,
            ]).output
            let teredo = try #require(address.split(whereSeparator: \.isWhitespace).first.map(String.init))
            #expect(try scene.attempt("reply", ["1", teredo, "80"], limit: .seconds(10)) == ["reply 5"])
        }

        @Test("a port that is taken is told with the remedy")
        func taken() throws {
            let scene = try Self.scene()
            defer { scene.close() }
            let words = [SystemTest.binary, "proxy", "--server", KernelAddresses.server]
            let second = try CommandOutput.run(try Self.inContainer(words, scene.lab), limit: .seconds(20))
            #expect(second.ending == .exited(1))
            #expect(second.error.contains("--listen: another program listens at 127.0.0.1:1080"), "\(second)")
            #expect(second.error.contains("--listen 127.0.0.1:1081"), "\(second)")
        }
    }
}

extension KernelLab {
    /// Lets programs of other users write to the folder of the lab.
    fileprivate func openFolder() throws {
        _ = try CommandOutput.run(["chmod", "0777", directory], limit: .seconds(5))
    }
}
