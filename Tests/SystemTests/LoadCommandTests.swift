import Foundation
import TeredoLab
import TeredoLinux
import TeredoTestSupport
import Testing

extension SystemTests {
    /// The command `teredo load` against real daemons.
    @Suite struct LoadCommandTests {
        private static func load(_ arguments: [String]) throws -> (report: LoadReport, text: String) {
            try SystemTest.requirePrivileges()
            let output = try CommandOutput.run(
                [SystemTest.binary, "load", "--json"] + arguments,
                limit: .seconds(120)
            )
            #expect(output.isSuccess, "\(output.ending.map(String.init(describing:)) ?? "")\n\(output.error)")
            let keys = try JSONSchema("load").validate(output.output)
            #expect(keys.contains { $0.hasSuffix(": schemaVersion") })
            return (try JSONDecoder().decode(LoadReport.self, from: Data(output.output.utf8)), output.error)
        }

        @Test("two thousand clients are served by server and relay, and no answer is wrong")
        func serverAndRelay() throws {
            let (report, text) = try Self.load([
                "--clients", "2000", "--arrivals", "1000", "--duration", "14", "--pause", "4", "--session", "60",
                // More behind one address at this pace are beyond what a server lets one address ask.
                "--clients-per-address", "2", "--relay-setting", "workers=2", "--seed", "1",
            ])
            #expect(report.isSuccess && report.wrong == 0, "\(text)")
            #expect(report.population.mostOnline == 2000 && report.population.departures > 0, "\(text)")
            #expect(report.population.qualified > 1900, "\(text)")
            for exchange in report.exchanges where exchange.name != "refresh" {
                #expect(exchange.answered > 100 && exchange.lost * 20 < exchange.sent, "\(exchange)\n\(text)")
                #expect(exchange.times.p50Milliseconds ?? 0 > 0, "\(exchange)")
                let parts = exchange.answered + exchange.lost + exchange.abandoned + exchange.open
                #expect(parts == exchange.sent, "\(exchange)")
            }
            #expect(report.population.bubblesAnswered > 1000)
            #expect(report.generator.octetsPerClient <= 96 && report.generator.fixedOctets < 1 << 20)
            #expect(report.daemons.map(\.name) == ["server", "relay"])
            for daemon in report.daemons {
                #expect(daemon.process.residentMostOctets ?? 0 > 1 << 20, "\(daemon)")
                #expect(daemon.process.processorSeconds ?? 0 > 0, "\(daemon)")
            }
            #expect(text.split(separator: "\n").contains { $0.contains(" of 2000  ") }, "\(text)")
        }

        // The kernel chooses the thread by the server's address, differently in each network.
        @Test(
            "a relay with four workers gets its share at a server, whichever thread hears of it",
            arguments: [1, 2, 3]
        )
        func workers(seed: UInt64) throws {
            let (report, text) = try Self.load([
                "--clients", "400", "--arrivals", "400", "--duration", "8", "--pause", "1", "--clients-per-address",
                "2",
                "--relay-setting", "workers=4", "--seed", "\(seed)",
            ])
            #expect(report.population.bubblesAnswered > 300, "\(text)")
        }

        @Test("a gateway serves them too, and a router that follows connections counts them")
        func gateway() throws {
            let (report, text) = try Self.load([
                "--gateway", "--conntrack", "--clients-per-address", "2", "--clients", "300", "--arrivals", "300",
                "--duration", "8", "--pause", "2",
            ])
            #expect(report.isSuccess && report.daemons.map(\.name) == ["gateway"], "\(text)")
            #expect(report.exchanges.first { $0.name == "data" }?.answered ?? 0 > 100, "\(text)")
            // Both addresses of the server, and the relay.
            #expect(report.trackedConnections ?? 0 > 600, "\(text)")
        }

        @Test("a server at an address of the host is loaded through an interface that goes away")
        func givenAddress() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server, arguments: ["--internal-prefix", "198.18.0.0/15"])
            try lab.waitUntilServing(server)
            func load(_ arguments: [String]) throws -> CommandOutput {
                try lab[.server].run(
                    [SystemTest.binary, "load", "--json", "--clients", "200", "--duration", "4"] + arguments,
                    limit: .seconds(60)
                )
            }
            let own = ["--server", KernelAddresses.server, "--secondary-server", KernelAddresses.secondaryServer]
            let output = try load(own + ["--pid", "server=\(server.process.processIdentifier)"])
            let report = try JSONDecoder().decode(LoadReport.self, from: Data(output.output.utf8))
            #expect(output.isSuccess && report.isSuccess, "\(output)")
            #expect(report.daemons.first?.process.residentMostOctets ?? 0 > 1 << 20)
            #expect(try !lab[.server].run(["ip", "link"]).output.contains("teredo-load"))
            let refused = try load(["--server", KernelAddresses.relay])
            #expect(refused.ending == .exited(64), "\(refused)")
            #expect(refused.error.contains("add --allow \(KernelAddresses.relay)"), "\(refused)")
        }

        @Test("interrupted it reports, and nothing is left; killed neither", arguments: [2, 15, 9])
        func interrupted(signal: Int32) throws {
            try SystemTest.requirePrivileges()
            let base = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
            let directory = "\(base)/teredo-load-test-\(UInt64.random(in: 0...UInt64.max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let logPath = "\(directory)/log"
            let child = try ChildProcess(
                ["env", "TMPDIR=\(directory)", SystemTest.binary, "load", "--clients", "100", "--duration", "600"],
                output: .file(logPath)
            )
            let deadline = ContinuousClock.now + .seconds(60)
            var log = ""
            while !log.contains(" 3 s  "), ContinuousClock.now < deadline {
                Pause.sleep(.milliseconds(50))
                log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            }
            #expect(log.contains(" 3 s  "), "\(log)")
            child.signal(signal)
            let ending = child.wait(limit: .seconds(30))
            log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            #expect(ending == (signal == 9 ? .signalled(9) : .exited(130)), "\(log)")
            #expect(signal == 9 || log.contains("Every answer was right."), "\(log)")
            func left() throws -> [Substring] {
                let output = try CommandOutput.run(["ps", "-eo", "args"], limit: .seconds(5)).output
                return output.split(separator: "\n").filter { $0.contains("--control-socket \(directory)") }
            }
            for _ in 0..<100 where try !left().isEmpty { Pause.sleep(.milliseconds(50)) }
            #expect(try left().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["log"])
        }
    }
}
