import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// docs/fleet.md: a single relay is replaced by another process, which a service manager starts with what the one before left.
    @Suite(.serialized) struct UpgradeTests {
        /// A service manager as far as it matters: takes descriptors to keep (FDSTORE), starts the role again with them when told to
        /// by the appearance of a file, and prints how long the role was away. Like systemd it has copies of its own of what it gave
        /// away until it is told to forget them (FDSTOREREMOVE), also of several things with one name, the oldest first.
        private static let manager = """
            import array, fcntl, os, signal, socket, subprocess, sys, time
            path, order, log, keeps, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "yes", sys.argv[5:]
            inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            inbox.bind(path)
            kept = []
            def receive(limit):
                inbox.settimeout(limit)
                try: text, control, _, _ = inbox.recvmsg(4096, socket.CMSG_SPACE(64))
                except TimeoutError: return None
                values = dict(line.split("=", 1) for line in text.decode().split("\\n") if "=" in line)
                for level, kind, data in control:
                    numbers = array.array("i"); numbers.frombytes(data[:len(data) - len(data) % 4])
                    for number in numbers:
                        if keeps and values.get("FDSTORE") == "1":
                            kept.append((values["FDNAME"], fcntl.fcntl(number, fcntl.F_DUPFD, 100)))
                        os.close(number)
                if values.get("FDSTOREREMOVE") == "1":
                    for name, number in kept:
                        if name == values["FDNAME"]: os.close(number)
                    kept[:] = [pair for pair in kept if pair[0] != values["FDNAME"]]
                return text.decode()
            def start():
                names = [name for name, _ in kept]
                numbers = [number for _, number in kept]
                def place():
                    for index, number in enumerate(numbers): os.dup2(number, 3 + index)
                environment = dict(os.environ, NOTIFY_SOCKET=path)
                if names: environment.update(LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
                process = subprocess.Popen(
                    ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh"] + command, env=environment, preexec_fn=place,
                    pass_fds=range(3, 3 + len(names)), stderr=open(log, "a"))
                while "READY=1" not in (receive(20) or "READY=1"): pass
                return process
            process = start()
            print("ready", flush=True)
            while not os.path.exists(order + ".end"):
                receive(0.05)
                if os.path.exists(order):
                    os.remove(order)
                    began = time.monotonic()
                    process.send_signal(signal.SIGTERM)
                    status = process.wait()
                    while receive(0.01): pass
                    names = " ".join(sorted(name for name, _ in kept))
                    process = start()
                    print("restarted", status, round((time.monotonic() - began) * 1000), names, flush=True)
            process.send_signal(signal.SIGTERM)
            print("ended", process.wait(), flush=True)
            while receive(0.01): pass
            for _, number in kept: os.close(number)
            """

        /// The index of the relay's interface; `nil` when there is none.
        private func index(in lab: KernelLab) throws -> Int? {
            let shown = try lab[.relay].run(["ip", "-o", "link", "show", "dev", "teredo"]).output
            return shown.split(separator: ":").first.flatMap { Int($0) }
        }

        private struct Managed {
            let lab: KernelLab
            let program: RunningProgram
            let order: String
            let log: String

            /// A relay; with a `successor` other words take its place when it is restarted.
            init(_ lab: KernelLab, keeps: Bool, arguments: [String], successor: String? = nil) throws {
                self.lab = lab
                order = "\(lab.directory)/order"
                log = "\(lab.directory)/managed.log"
                var command = lab.command(of: .relay, socket: "\(lab.directory)/managed.sock") + arguments
                // A settings file is to hold, with its address and port.
                if arguments.contains("--config"), let place = command.firstIndex(of: "--bind") {
                    command.removeSubrange(place...place + 1)
                }
                if let successor {
                    let script = "[ -e $0 ] && exec \(successor); touch $0; exec \"$@\""
                    command = ["sh", "-c", script, "\(lab.directory)/was-started"] + command
                }
                program = try Python.start(
                    UpgradeTests.manager,
                    ["\(lab.directory)/notify", order, log, keeps ? "yes" : "no"] + command,
                    on: .relay,
                    of: lab,
                    name: "manager"
                )
                try #require(try lab.wait(upTo: .seconds(20)) { program.lines.contains("ready") }, "\(program.lines)")
            }

            /// Has the relay replaced, and returns what the manager says about it.
            func restart() throws -> String {
                let before = program.lines.count { $0.hasPrefix("restarted ") }
                try Data().write(to: URL(filePath: order))
                try #require(
                    try lab.wait(upTo: .seconds(20)) { program.lines.count { $0.hasPrefix("restarted ") } > before },
                    "\(program.lines)"
                )
                return program.lines.last { $0.hasPrefix("restarted ") } ?? ""
            }

            func end() throws -> Bool {
                try Data().write(to: URL(filePath: "\(order).end"))
                return try lab.wait(upTo: .seconds(20)) { program.lines.contains { $0.hasPrefix("ended ") } }
            }

            var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
        }

        @Test(
            "a relay that is replaced twice by its service manager loses at most one packet of a flow in either direction"
        )
        func upgrade() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            lab.hasTransit = false
            try lab.waitUntilServing(try lab.start(.server))
            let managed = try Managed(lab, keeps: true, arguments: ["--announce-table", RoutedFleet.table])
            defer { managed.program.stop() }
            try lab.start(.client, on: .clientA, arguments: ["--allow", "all"])
            let address = "\(try lab.qualifiedAddress(of: .clientA))"
            let host = try lab[.relay]
            func announced() throws -> String {
                try host.run(["ip", "-6", "route", "show", "table", RoutedFleet.table]).output
            }
            #expect(try lab.wait(upTo: .seconds(5)) { try !announced().isEmpty })
            let before = try #require(try index(in: lab))
            for (from, to) in [(KernelHost.native, address), (.clientA, KernelAddresses.native)] {
                var said: [String] = []
                let flow = try EchoFlow.measure(
                    from: from,
                    to: to,
                    in: lab,
                    every: .milliseconds(100),
                    rest: .seconds(3)
                ) {
                    for _ in 0..<2 {
                        // What an earlier process has left, as a reserve or for others, does not stay; what is to be announced does.
                        try host.configure(
                            "ip -6 route add 2001::/32 dev teredo table 3544 proto static metric 1000000"
                        )
                        try host.configure(
                            "ip -6 route add 2001:db8:7::/48 dev teredo table 3544 proto static metric 1024"
                        )
                        said.append(try managed.restart())
                        let routes = try announced().split(separator: "\n")
                        #expect(routes.count == 1 && routes[0].hasPrefix("2001::/32 dev teredo "), "\(routes)")
                        #expect(routes[0].contains("metric 1024"), "\(routes)")
                        Pause.sleep(.seconds(2))
                    }
                }
                print(
                    "    fleet: upgraded twice, from \(from.rawValue): \(flow.lost) lost, longest gap \(flow.gap) ms; \(said)"
                )
                #expect(flow.lost <= 1, "from \(from): \(flow), \(said), \(managed.logText)")
                #expect(
                    said.allSatisfy { $0.hasPrefix("restarted 0 ") && $0.hasSuffix("teredo-interface teredo-service") },
                    "\(said)"
                )
            }
            #expect(try index(in: lab) == before)
            #expect(managed.logText.contains("goes on with the interface teredo"), "\(managed.logText)")
            #expect(try lab.wait(upTo: .seconds(3)) { try !announced().isEmpty })
            // When the manager does not start it again, nothing stays.
            #expect(try managed.end())
            #expect(
                try lab.wait(upTo: .seconds(5)) {
                    try host.run(["ip", "link", "show", "dev", "teredo"]).isSuccess == false
                }
            )
            #expect(try announced().isEmpty)
        }

        @Test("an announcement in another table than that of the process before ends with the interface of that")
        func otherTable() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let settings = "\(lab.directory)/relay.yaml"
            func write(_ table: Int) throws {
                let text = "bind: \(KernelAddresses.relay):\(KernelLab.relayPort)\nannounce-table: \(table)\n"
                try text.write(toFile: settings, atomically: false, encoding: .utf8)
            }
            try write(71)
            let managed = try Managed(lab, keeps: true, arguments: ["--config", settings])
            defer { managed.program.stop() }
            let host = try lab[.relay]
            func routes(_ table: Int) throws -> String {
                try host.run(["ip", "-6", "route", "show", "table", "\(table)"]).output
            }
            #expect(try lab.wait(upTo: .seconds(5)) { try !routes(71).isEmpty })
            try write(72)
            #expect(try managed.restart().hasPrefix("restarted 0 "))
            #expect(try lab.wait(upTo: .seconds(5)) { try !routes(72).isEmpty })
            #expect(try routes(71).isEmpty)
            #expect(!managed.logText.contains("goes on with"), "\(managed.logText)")
            #expect(try managed.end())
        }

        @Test("what was kept and does not fit the settings goes, and the next process leaves its own")
        func otherSettings() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let settings = "\(lab.directory)/relay.yaml"
            func write(_ port: Int, _ more: String) throws {
                let text = "bind: \(KernelAddresses.relay):\(port)\n\(more)\n"
                try text.write(toFile: settings, atomically: false, encoding: .utf8)
            }
            let port = Int(KernelLab.relayPort)
            try write(port, "")
            let managed = try Managed(lab, keeps: true, arguments: ["--config", settings])
            defer { managed.program.stop() }
            let host = try lab[.relay]
            // Each is a restart with other settings, and says what the process that it ends has left with the manager.
            let both = "teredo-interface teredo-service"
            for (port, more, interface, left, goesOn) in [
                (port, "interface: other", "other", both, false), (port + 1, "interface: other", "other", both, true),
                (port + 1, "interface: other", "other", both, true), (port + 1, "workers: 2", "teredo", both, false),
                (port + 1, "", "teredo", "", false), (port, "", "teredo", both, true), (port, "", "teredo", both, true),
            ] {
                try write(port, more)
                let logged = managed.logText.count
                let said = try managed.restart()
                let log = managed.logText.dropFirst(logged)
                #expect(said.hasPrefix("restarted 0 "), "\(more): \(said), \(log)")
                #expect(
                    said.split(separator: " ", maxSplits: 3).dropFirst(3).joined() == left,
                    "\(more): \(said), \(log)"
                )
                let routes = try host.run(["ip", "-6", "route", "show", "2001::/32"]).output.split(separator: "\n")
                #expect(routes.count == 1 && routes[0].contains("dev \(interface) "), "\(more): \(routes), \(log)")
                #expect(log.contains("goes on with") == goesOn, "\(more): \(log)")
                let sockets = try host.run(["ss", "-Huan"]).output
                for one in [KernelLab.relayPort, KernelLab.relayPort + 1] {
                    #expect(sockets.contains(":\(one) ") == (Int(one) == port), "\(more): \(sockets), \(log)")
                }
            }
            #expect(try managed.end())
        }

        @Test("another role that is given what was kept of a relay closes it and has the manager forget it")
        func otherRole() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let socket = "\(lab.directory)/other.sock"
            let client = "\(SystemTest.binary) client --server \(KernelAddresses.server) --control-socket \(socket)"
            let managed = try Managed(lab, keeps: true, arguments: [], successor: client)
            defer { managed.program.stop() }
            let host = try lab[.relay]
            let before = try index(in: lab)
            let said = try managed.restart()
            #expect(said.hasSuffix("teredo-interface teredo-service"), "\(said)")
            #expect(try host.run([SystemTest.binary, "status", "--control-socket", socket]).ending == .exited(3))
            #expect(managed.logText.contains("closes what the service manager kept of an earlier process"))
            let after = try index(in: lab)
            #expect(before != nil && after != nil && after != before, "its interface is its own: \(managed.logText)")
            let ports = try host.run(["ss", "-Hlun", "sport = :\(KernelLab.relayPort)"])
            #expect(ports.isSuccess && ports.output.isEmpty, "the service port is free: \(ports)")
            #expect(try managed.end(), "\(managed.program.lines)")
        }

        @Test("a relay goes on by itself where the manager keeps nothing, or what was kept does not fit")
        func unfit() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let managed = try Managed(lab, keeps: false, arguments: [])
            defer { managed.program.stop() }
            #expect(try managed.restart().hasPrefix("restarted 0 "))
            #expect(!managed.logText.contains("goes on with"), "\(managed.logText)")
            #expect(try lab[.relay].run(["ip", "-6", "route", "show", "2001::/32"]).output.contains("dev teredo "))
            #expect(try managed.end())
            let other = try lab[.relay].run(["ip", "link", "show", "dev", "teredo"])
            #expect(!other.isSuccess, "\(other.output)")
        }
    }
}
