import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What monitoring sees of real roles.
    @Suite struct MetricsTests {
        private struct Facts: Decodable {
            struct Counters: Decodable {
                struct System: Decodable { let receiveBufferFull: UInt64 }
                let datagramsReceived: UInt64
                let system: System
            }
            let counters: Counters
        }

        @Test(
            "what the kernel drops since nobody reads is counted, in status and metrics, as the kernel counts it",
            arguments: [LabRole.server, .relay],
            [[], ["--workers", "3"]]
        )
        func receiveDrops(role: LabRole, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let running = try lab.start(role, arguments: arguments)
            try lab.waitUntilServing(running)
            let before = try bufferErrors(of: running, lab)
            // While the role is stopped nobody reads: 16 MiB do not fit into any buffer.
            running.process.signal(19)
            let flood = """
                import socket, sys
                sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
                for number in range(12000):
                    try: sockets[number % 8].sendto(bytes(1400), (sys.argv[1], int(sys.argv[2])))
                    except OSError: pass
                """
            let target =
                role == .server ? [KernelAddresses.server, "3544"] : [KernelAddresses.relay, "\(KernelLab.relayPort)"]
            let senders: [KernelHost] = [.dualStack, .box1, .box2, role == .server ? .relay : .server]
            for host in senders { _ = try Python.run(flood, target, on: host, of: lab, limit: .seconds(60)) }
            running.process.signal(18)
            let lost = try bufferErrors(of: running, lab) - before
            try #require(lost > 0)
            let socket = try #require(running.controlSocket)
            // All that was in the buffers is read first.
            let isRead = try lab.wait(upTo: .seconds(30)) {
                let facts = try self.facts(socket)
                return facts.counters.system.receiveBufferFull == lost && facts.counters.datagramsReceived > 0
            }
            let said = try facts(socket)
            #expect(isRead, "the kernel lost \(lost), the role says \(said)")
            let page = try CommandOutput.run(
                [SystemTest.binary, "metrics", "--control-socket", socket],
                limit: .seconds(10)
            )
            let name = try #require(socket.split(separator: "/").last?.dropLast(".sock".count))
            let line =
                "teredo_lost_total{socket=\"\(name)\",role=\"\(role.rawValue)\",part=\"\(role.rawValue)\",reason=\"receiveBufferFull\"} \(lost)"
            #expect(page.output.contains("\n\(line)\n"), "\(page)")
        }

        /// Datagrams that the kernel dropped at all sockets of the host of a role.
        private func bufferErrors(of running: RunningRole, _ lab: KernelLab) throws -> UInt64 {
            let text = try lab[running.host].run(["cat", "/proc/net/snmp"]).output
            let rows = text.split(separator: "\n").filter { $0.hasPrefix("Udp:") }.map { $0.split(separator: " ") }
            let column = try #require(rows.first?.firstIndex(of: "RcvbufErrors"))
            return try #require(rows.last.flatMap { UInt64($0[column]) })
        }

        private func facts(_ socket: String) throws -> Facts {
            let command = [SystemTest.binary, "status", "--json", "--control-socket", socket]
            let output = try CommandOutput.run(command, limit: .seconds(10))
            return try JSONDecoder().decode(Facts.self, from: Data(output.output.utf8))
        }

        @Test(
            "Prometheus reads the metrics of all roles of a host and evaluates the rules; a role that is killed is an alert"
        )
        func prometheus() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            for program in ["prometheus", "promtool"] where ChildProcess.executable(named: program) == nil {
                try Test.cancel("\(program) is not installed")
            }
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            var monitor = try Monitor(lab)
            defer { monitor.stop() }

            try monitor.write()
            let text = try String(contentsOfFile: monitor.page, encoding: .utf8)
            let judged = try CommandOutput.run(["promtool", "check", "metrics"], input: text, limit: .seconds(30))
            #expect(judged.isSuccess && judged.output.isEmpty && judged.error.isEmpty, "\(judged)")
            for family in ["qualification", "first_contact", "peer_round_trip", "queue_wait"] {
                let isMeasured = text.split(separator: "\n").contains {
                    $0.hasPrefix("teredo_\(family)_seconds_count{socket=\"client\",role=\"client\"")
                        && !$0.hasSuffix(" 0")
                }
                #expect(isMeasured, "\(family): \(text)")
            }

            try monitor.start()
            #expect(try monitor.query("teredo_up", gives: ["client 1", "relay 1", "server 1"]))
            #expect(try monitor.query("teredo_state{state=\"qualified\"}", gives: ["client 1"]))
            let reasons = try monitor.query(
                "count by (role) (teredo_dropped_total{role=\"relay\"}) > bool 40",
                gives: ["relay 1"]
            )
            #expect(reasons)
            #expect(try monitor.rules(within: .seconds(60)) == ["ok"])
            #expect(try monitor.alerts() == [], "nothing is wrong")

            let relay = try #require(lab.roles.first { $0.role == .relay })
            lab.kill(relay)
            try monitor.write()
            #expect(try monitor.query("teredo_up", gives: ["client 1", "relay 0", "server 1"]))
            let isAlert = try lab.wait(upTo: .seconds(60)) { try monitor.alerts().contains("TeredoDown relay") }
            let alerts = try monitor.alerts()
            #expect(isAlert, "\(alerts)")
        }

        /// A Prometheus on loopback in the namespace of a host, and what it reads.
        private struct Monitor {
            private let lab: KernelLab
            private let directory: String
            private let host = KernelHost.dualStack
            private var programs: [RunningProgram] = []

            /// The text that Prometheus reads.
            var page: String { "\(directory)/www/metrics" }

            init(_ lab: KernelLab) throws {
                self.lab = lab
                directory = lab.directory + "/monitor"
                for folder in ["run", "www", "data"] {
                    try FileManager.default.createDirectory(
                        atPath: "\(directory)/\(folder)",
                        withIntermediateDirectories: true
                    )
                }
                // The sockets of the lab's roles as they are on a host that has them all.
                for running in lab.roles where running.host != .clientB {
                    guard let socket = running.controlSocket else { continue }
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(directory)/run/\(running.role.rawValue).sock",
                        withDestinationPath: socket
                    )
                }
            }

            /// Writes what the roles say, as the timer of an administrator does.
            func write() throws {
                let script = """
                    mount -t tmpfs tmpfs /run && mkdir /run/teredo && mount --bind '\(directory)/run' /run/teredo
                    '\(SystemTest.binary)' metrics > '\(page).new' && mv '\(page).new' '\(page)'
                    """
                let output = try CommandOutput.run(["unshare", "-m", "sh", "-e", "-c", script], limit: .seconds(30))
                try #require(output.isSuccess, "\(output)")
            }

            mutating func start() throws {
                let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
                    separator: "/"
                )
                let rules = "\(root)/packaging/prometheus/teredo.rules.yml"
                let configuration = """
                    global: {scrape_interval: 1s, evaluation_interval: 1s}
                    rule_files: ['\(rules)']
                    scrape_configs:
                      - job_name: teredo
                        static_configs: [{targets: ['127.0.0.1:9100']}]

                    """
                let file = "\(directory)/prometheus.yml"
                try configuration.write(toFile: file, atomically: false, encoding: .utf8)
                try lab[host].configure("ip link set lo up")
                let server = """
                    import http.server, os, sys
                    os.chdir(sys.argv[1])
                    http.server.ThreadingHTTPServer(("127.0.0.1", 9100), http.server.SimpleHTTPRequestHandler).serve_forever()
                    """
                programs.append(try Python.start(server, ["\(directory)/www"], on: host, of: lab, name: "www"))
                let log = "\(directory)/prometheus.log"
                let command = [
                    "prometheus", "--config.file=\(file)", "--storage.tsdb.path=\(directory)/data",
                    "--web.listen-address=127.0.0.1:9090",
                ]
                let process = try ChildProcess(lab[host].inside(command), output: .file(log))
                programs.append(RunningProgram(process: process, logPath: log))
            }

            func stop() { for program in programs { program.stop() } }

            /// Whether a query comes to give these lines, each a role and a value.
            func query(_ query: String, gives lines: [String]) throws -> Bool {
                try lab.wait(upTo: .seconds(60)) {
                    try ask(
                        "query?query=",
                        query,
                        "sorted(r['metric'].get('role', '') + ' ' + r['value'][1] for r in data['result'])"
                    ) == lines
                }
            }

            /// The health of the rules, each word once, when all have been evaluated.
            func rules(within limit: Duration) throws -> [String] {
                let words = "sorted({r['health'] for g in data['groups'] for r in g['rules']})"
                _ = try lab.wait(upTo: limit) {
                    let health = try ask("rules", "", words)
                    return !health.isEmpty && !health.contains("unknown")
                }
                return try ask("rules", "", words)
            }

            /// The alerts that are pending or firing, with their roles.
            func alerts() throws -> [String] {
                try ask(
                    "alerts",
                    "",
                    "sorted(a['labels']['alertname'] + ' ' + a['labels'].get('role', '') for a in data['alerts'])"
                )
            }

            /// Asks the Prometheus, which may not listen yet, and returns the lines of an expression about the answer.
            private func ask(_ path: String, _ query: String, _ expression: String) throws -> [String] {
                let program = """
                    import json, sys, urllib.parse, urllib.request
                    url = "http://127.0.0.1:9090/api/v1/" + sys.argv[1] + urllib.parse.quote(sys.argv[2])
                    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                    try: data = json.load(opener.open(url, timeout=5))["data"]
                    except OSError: sys.exit()
                    for line in \(expression): print(line)
                    """
                return try Python.run(program, [path, query], on: host, of: lab)
            }
        }

        @Test("metrics of a directory without roles, and of a role that hangs, say so in a sentence")
        func silence() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            let socket = try #require(server.controlSocket)
            server.process.signal(19)
            let hung = try CommandOutput.run(
                [SystemTest.binary, "metrics", "--control-socket", socket],
                limit: .seconds(20)
            )
            server.process.signal(18)
            #expect(hung.ending == .exited(1) && hung.output.isEmpty, "\(hung)")
            #expect(hung.error.contains("does not answer within 5 s"), "\(hung)")
            let full = try CommandOutput.run(
                ["sh", "-c", "'\(SystemTest.binary)' metrics --control-socket '\(socket)' >/dev/full"],
                limit: .seconds(20)
            )
            #expect(full.ending == .exited(1), "\(full)")
            #expect(full.error.contains("standard output: No space left on device"), "\(full)")
        }
    }
}
