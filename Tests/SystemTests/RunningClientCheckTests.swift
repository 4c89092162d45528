import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// `teredo check` beside a running client.
    @Suite struct RunningClientCheckTests {
        private struct Report: Decodable {
            struct Client: Decodable {
                let state: String
            }
            let verdict: String
            let works: Bool
            let client: Client?
        }

        private struct Comparison: Decodable {
            let works: Bool
            let best: String?
            let servers: [Report]
        }

        private func run<Answer: Decodable>(
            _ type: Answer.Type,
            _ arguments: [String],
            in lab: KernelLab
        ) throws -> (answer: Answer, isSuccess: Bool) {
            let output = try lab[.clientA].run(
                [SystemTest.binary, "check", "--json"] + arguments,
                limit: .seconds(60)
            )
            return (try JSONDecoder().decode(type, from: Data(output.output.utf8)), output.isSuccess)
        }

        @Test("without --server that of the running client is checked; a missing relay and a lost server are named")
        func client() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            let client = try lab.start(.client)
            _ = try lab.qualifiedAddress(of: .clientA)
            let socket = try #require(client.controlSocket)
            let works = try run(Report.self, ["--control-socket", socket], in: lab)
            #expect(works.answer.verdict == "works")
            #expect(works.answer.client?.state == "qualified")
            #expect(works.isSuccess)
            // Nobody takes packets for native hosts here; the client finds that out by its own tests.
            for host in [KernelAddresses.native, KernelAddresses.dualStackIPv6] {
                _ = try lab[.clientA].run(["ping", "-6", "-c1", "-W1", host])
            }
            var last: Report?
            let isMissed = try lab.wait(upTo: .seconds(40)) {
                last = try run(Report.self, ["--control-socket", socket], in: lab).answer
                return last?.verdict == "no-relay"
            }
            #expect(isMissed, "\(String(describing: last))")
        }

        @Test("a client that gets no address where the network allows one is not qualified, which the check says")
        func notQualified() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            // A box that stops the port of this client and no other one.
            try lab.load(
                rules: """
                    table ip blocked {
                        chain forward {
                            type filter hook forward priority filter
                            udp sport 3600 drop
                        }
                    }
                    """,
                on: .box1
            )
            let client = try lab.start(.client, arguments: ["--bind", "0.0.0.0:3600"])
            let isOffline = try lab.wait(upTo: .seconds(90)) {
                try lab.statusText(of: client)?.contains(": offline") ?? false
            }
            #expect(isOffline, "\(client.log)")
            let socket = try #require(client.controlSocket)
            let report = try run(Report.self, ["--control-socket", socket], in: lab)
            #expect(report.answer.verdict == "not-qualified")
            #expect(report.answer.client?.state != "qualified")
            #expect(!report.isSuccess)
        }

        @Test("several servers are compared, and one that answers is the best")
        func comparison() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            let servers = ["--server", KernelAddresses.relay, "--server", KernelAddresses.server]
            let (answer, isSuccess) = try run(Comparison.self, servers, in: lab)
            #expect(isSuccess)
            #expect(answer.best == KernelAddresses.server)
            #expect(answer.servers.map(\.verdict) == ["no-server", "works"])
            let text = try lab[.clientA].run([SystemTest.binary, "check"] + servers, limit: .seconds(60)).output
            #expect(text.contains("\nBest: \(KernelAddresses.server)."), "\(text)")
        }
    }
}
