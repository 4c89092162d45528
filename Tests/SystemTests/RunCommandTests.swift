import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// `teredo run` as a user without any privilege, behind a real NAT.
    @Suite struct RunCommandTests {
        /// Runs our program on client A as nobody.
        private static func run(
            _ arguments: [String],
            in lab: KernelLab,
            server: String = KernelAddresses.server,
            prefix: [String] = [],
            limit: Duration = .seconds(30)
        ) throws -> CommandOutput {
            try lab[.clientA].run(prefix + unprivileged + program(server) + arguments, limit: limit)
        }

        private static let unprivileged = [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
            "--no-new-privs",
        ]

        private static func program(_ server: String) -> [String] { [SystemTest.binary, "run", "--server", server] }

        private static func lab() throws -> KernelLab {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("root inside a user namespace cannot become another user")
            }
            let lab = try SystemTest.lab()
            for role in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(role) }
            return lab
        }

        /// What a command leaves if it leaves something: processes of the user, in namespaces other than ours.
        private static func processes(_ word: String) throws -> String {
            try CommandOutput.run(["pgrep", "-f", word], limit: .seconds(5)).output
        }

        @Test("without a privilege a command reaches the IPv6 Internet, and its network holds nothing else")
        func ping() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let command =
                "ping -6 -c3 -i 0.2 -W 5 \(KernelAddresses.native) && id -u && ip -o -4 address && ip -6 route"
            let output = try Self.run(["--", "sh", "-c", command], in: lab)
            #expect(output.ending == .exited(0), "\(output)")
            #expect(output.output.contains("3 received"), "\(output.output)")
            #expect(output.output.contains("65534"), "the user is who it was: \(output.output)")
            #expect(output.output.contains("default dev teredo"), "\(output.output)")
            #expect(!output.output.contains("192.168."), "IPv4 stays outside: \(output.output)")
            #expect(output.error.isEmpty, "nothing is said when nothing is wrong: \(output.error)")
            let links = try lab[.clientA].run(["ip", "-o", "link"]).output
            #expect(!links.contains("teredo"), "the host has no interface of it: \(links)")
        }

        @Test("SEC-63: started by root the client of a command keeps no capability and can get none")
        func startedByRoot() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            // The command starts when there is an address, and the process outside is looked at meanwhile.
            let marker = "\(lab.directory)/marker"
            let command = Self.program(KernelAddresses.server) + ["--", "sh", "-c", "touch \(marker); sleep 20"]
            let run = try ChildProcess(lab[.clientA].inside(command))
            defer { run.terminate(grace: .seconds(3)) }
            let isRunning = try lab.wait(upTo: .seconds(30)) { FileManager.default.fileExists(atPath: marker) }
            try #require(isRunning)
            for thread in try PrivilegeTests.threads(ofProcess: run.processIdentifier) {
                #expect(thread["CapPrm"] == "0" && thread["CapBnd"] == "0", "\(thread)")
                #expect(thread["NoNewPrivs"] == "1", "\(thread)")
            }
        }

        @Test("SEC-05: the network of a command takes neither advertisements nor redirects from the tunnel")
        func secondLine() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let script = "cd /proc/sys/net/ipv6/conf/teredo && cat accept_ra accept_redirects autoconf"
            let output = try Self.run(["--", "sh", "-c", script], in: lab)
            #expect(output.output == "0\n0\n0\n", "\(output)")
        }

        @Test(
            "the exit status is the command's, and 128 + n after signal n",
            arguments: [
                (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -KILL $$"], 137), (["true"], 0),
                (["no-such-command"], 127), (["/etc"], 126),
            ] as [([String], Int32)]
        )
        func exitStatus(command: [String], status: Int32) throws {
            let lab = try Self.lab()
            defer { lab.close() }
            // The first folder is closed to the user, which must not make a missing command a forbidden one.
            let path = ["env", "PATH=/root:/usr/bin:/bin"]
            let output = try Self.run(["--no-wait", "--"] + command, in: lab, prefix: path)
            #expect(output.ending == .exited(status), "\(output)")
            #expect(output.error.contains("cannot run") == (status == 126 || status == 127), "\(output.error)")
        }

        @Test("what the command leaves in the background ends with it, and all of it when we are killed")
        func nothingIsLeft() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let output = try Self.run(["--no-wait", "--", "sh", "-c", "sleep 4711 & exit 0"], in: lab)
            #expect(output.ending == .exited(0), "\(output)")
            #expect(try Self.processes("sleep 4711").isEmpty)
            let words = ["--no-wait", "--", "sh", "-c", "setsid sleep 4712; true"]
            let child = try ChildProcess(
                lab[.clientA].inside(Self.unprivileged + Self.program(KernelAddresses.server) + words)
            )
            defer { child.terminate(grace: .zero) }
            #expect(try lab.wait(upTo: .seconds(20)) { try !Self.processes("^sleep 4712").isEmpty })
            // Only us: the processes inside must be ended by the kernel.
            _ = try CommandOutput.run(["kill", "-KILL", "\(child.processIdentifier)"], limit: .seconds(5))
            #expect(try lab.wait(upTo: .seconds(20)) { try Self.processes("^sleep 4712").isEmpty })
        }

        @Test("SIGINT and SIGTERM go to the command, whose handler decides", arguments: ["INT", "TERM"])
        func signals(name: String) throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let ready = "\(lab.directory)/ready"
            let script = "trap 'exit 42' \(name); echo up; while :; do sleep 0.1; done"
            let child = try ChildProcess(
                lab[.clientA].inside(
                    Self.unprivileged + Self.program(KernelAddresses.server) + ["--no-wait", "--", "sh", "-c", script]
                ),
                output: .file(ready)
            )
            defer { child.terminate(grace: .zero) }
            #expect(
                try lab.wait(upTo: .seconds(20)) { try String(contentsOfFile: ready, encoding: .utf8).contains("up") }
            )
            _ = try CommandOutput.run(["kill", "-\(name)", "\(child.processIdentifier)"], limit: .seconds(5))
            #expect(child.wait(limit: .seconds(5)) == .exited(42))
        }

        @Test("without an answer of the server the command is not started, and the error says why and what to do")
        func noServer() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let output = try Self.run(["--wait", "2", "--", "echo", "started"], in: lab, server: "192.0.2.99")
            #expect(output.ending == .exited(1), "\(output)")
            #expect(output.output.isEmpty)
            #expect(output.error.contains("no Teredo address after 2 s"), "\(output.error)")
            #expect(output.error.contains("192.0.2.99 has not answered"), "\(output.error)")
            #expect(output.error.contains("teredo check --server 192.0.2.99"), "\(output.error)")
        }

        @Test(
            "names are resolved by the name servers of the host, over UDP and TCP, whatever else is sent in their name before"
        )
        func names() throws {
            try Python.require()
            let lab = try Self.lab()
            defer { lab.close() }
            let server = try Python.start(Self.nameServer, [KernelAddresses.native], on: .server, of: lab, name: "dns")
            defer { server.stop() }
            #expect(try lab.wait(upTo: .seconds(20)) { server.lines.contains("serving") })
            let file = "\(lab.directory)/resolv.conf"
            try "nameserver \(KernelAddresses.server)\n".write(toFile: file, atomically: false, encoding: .utf8)
            let bind = "mount --bind \(file) /etc/resolv.conf && exec \"$@\""
            let prefix = ["unshare", "-m", "sh", "-c", bind, "sh"]
            let ping = try Self.run(
                ["--", "ping", "-6", "-n", "-c3", "-i", "0.2", "-W", "5", "native.example"],
                in: lab,
                prefix: prefix
            )
            #expect(ping.output.contains("3 received"), "\(ping)")
            #expect(ping.output.contains(KernelAddresses.native), "\(ping)")
            let tcp = try Self.run(["--no-wait", "--", "python3", "-c", Self.tcpQuestion], in: lab, prefix: prefix)
            #expect(tcp.output == "40000 octets of answer\n", "\(tcp)")
        }

        @Test("file and environment count as for a client, save what belongs to the client of the whole host")
        func settings() throws {
            let lab = try Self.lab()
            defer { lab.close() }
            let file = "\(lab.directory)/client.yaml"
            let text = "server: \(KernelAddresses.server)\ninterface: fromfile\nworkers: 4\nbind: 0.0.0.0:53\n"
            try text.write(toFile: file, atomically: false, encoding: .utf8)
            // What follows the terminator is none of our options.
            let words = ["--no-wait", "--", "sh", "-c", "ip -o link show up; echo $0", "--help"]
            for (environment, interface) in [([], "fromfile"), (["env", "TEREDO_INTERFACE=fromenv"], "fromenv")] {
                let program = Self.unprivileged + environment + [SystemTest.binary, "run", "--config", file]
                let output = try lab[.clientA].run(program + words, limit: .seconds(30))
                #expect(output.ending == .exited(0), "\(output)")
                #expect(output.output.contains(interface), "\(output)")
                #expect(output.output.contains("--help"), "\(output)")
            }
        }

        @Test(
            "bad usage ends with status 64 and says what was wrong",
            arguments: [
                ([], "no command"), (["--wait", "0", "--", "true"], "--wait"),
                (["--workers", "2", "--", "true"], "--workers"), (["--datapath", "ebpf", "--", "true"], "--datapath"),
            ] as [([String], String)]
        )
        func usage(arguments: [String], complaint: String) throws {
            let output = try CommandOutput.run(Self.program("192.0.2.1") + arguments, limit: .seconds(5))
            #expect(output.ending == .exited(64), "\(output)")
            #expect(output.error.contains(complaint), "\(output.error)")
        }

        @Test("where user namespaces are forbidden, the error names the setting and the remedy")
        func forbidden() throws {
            try SystemTest.requirePrivileges()
            // The limit of a user namespace holds for those below it: nothing of the host is changed.
            let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\""
            let output = try CommandOutput.run(
                ["unshare", "-Ur", "sh", "-c", script, "sh"] + Self.program("192.0.2.1") + ["--", "true"],
                limit: .seconds(10)
            )
            #expect(output.ending == .exited(1), "\(output)")
            #expect(output.error.contains("not permitted to make namespaces"), "\(output.error)")
            #expect(output.error.contains("user.max_user_namespaces is 0"), "\(output.error)")
        }

        /// Answers every question of type AAAA with the address given; over TCP with 40,000 octets of answer.
        private static let nameServer = """
            import socket, struct, sys, threading
            address = socket.inet_pton(socket.AF_INET6, sys.argv[1])
            def answer(q):
                end = 12
                while q[end]: end += q[end] + 1
                end += 5
                kind, = struct.unpack('>H', q[end - 4:end - 2])
                record = b'\\xc0\\x0c' + struct.pack('>HHIH', 28, 1, 60, 16) + address if kind == 28 else b''
                return q[:2] + struct.pack('>HHHHH', 0x8180, 1, 1 if record else 0, 0, 0) + q[12:end] + record
            def stream():
                while True:
                    c, _ = listener.accept()
                    c.recv(65536)
                    c.sendall(struct.pack('>H', 40000) + bytes(40000))
                    c.close()
            listener = socket.create_server(('192.0.2.1', 53))
            threading.Thread(target=stream, daemon=True).start()
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(('192.0.2.1', 53))
            print('serving')
            while True:
                q, peer = s.recvfrom(65536)
                s.sendto(bytes([q[0] ^ 1]) + answer(q)[1:], peer)
                s.sendto(q, peer)
                s.sendto(b'?', peer)
                s.sendto(answer(q), peer)
            """

        private static let tcpQuestion = """
            import socket
            server = open('/etc/resolv.conf').read().split('nameserver ')[1].split()[0]
            c = socket.create_connection((server, 53), 5)
            c.sendall(bytes(20))
            total = 0
            while part := c.recv(65536): total += len(part)
            print(total - 2, 'octets of answer')
            """
    }
}
