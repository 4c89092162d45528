import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// `teredo ping`: who answers, and on which path.
    @Suite struct PingTests {
        private func ping(_ lab: KernelLab, _ address: String, _ arguments: [String]) throws -> CommandOutput {
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(client.controlSocket)
            return try lab.attempt(["ping", address, "--control-socket", socket] + arguments, on: .clientA)
        }

        @Test("shows the relay of a native host, the direct way to a client, and that its own address needs no Teredo")
        func paths() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let few = ["--count", "3", "--interval", "0.1", "--timeout", "5"]
            let native = try ping(lab, KernelAddresses.native, few)
            #expect(native.isSuccess && native.output.contains(" ms, through the relay "), "\(native)")
            #expect(native.output.contains("\n3 sent, 3 received, 0 % lost\n"), "\(native)")
            let client = try ping(lab, "\(addressB)", few)
            #expect(client.isSuccess && client.output.contains("direct to \(addressB.mappedEndpoint)"), "\(client)")
            let own = try ping(lab, "\(addressA)", few)
            #expect(own.isSuccess && own.output.contains("not through Teredo"), "\(own)")
        }

        @Test("a client pings for whoever asks on its control socket, once the sysctl lets it")
        func control() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(client.controlSocket)
            let ask = { (address: String) in
                let line =
                    #"{"version":2,"id":5,"method":"ping","parameters":{"address":"\#(address)","timeout":5000}}"#
                return try UnixStream(connectingTo: socket).request(line, within: .seconds(10))
            }
            let allow = { (range: String) in
                _ = try lab[.clientA].run(["sysctl", "-q", "-w", "net.ipv4.ping_group_range=\(range)"])
            }
            try allow("1 0")
            let refused = try ask("\(addressB)")
            #expect(refused.contains("notAvailable") && refused.contains("net.ipv4.ping_group_range"), "\(refused)")
            try allow("0 2147483647")
            let answer = try ask("\(addressB)")
            #expect(answer.contains(#""answered":true"#) && answer.contains(#""path":"direct""#), "\(answer)")
            #expect(answer.contains(#""endpoint":"\#(addressB.mappedEndpoint)""#), "\(answer)")
            let native = try ask(KernelAddresses.native)
            #expect(native.contains(#""answered":true"#) && native.contains(#""path":"relay""#), "\(native)")
            let few = try ping(lab, "\(addressB)", ["--count", "3", "--interval", "0.1", "--timeout", "5"])
            #expect(few.isSuccess && few.output.contains("direct to \(addressB.mappedEndpoint)"), "\(few)")
            #expect(few.output.contains("\n3 sent, 3 received, 0 % lost\n"), "\(few)")
        }

        @Test("nobody answers: exit status 1 and a line for each request; no route: exit status 2")
        func failures() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let silent = try ping(lab, "2400:1:0:3::dead", ["--count", "2", "--interval", "0.1", "--timeout", "0.5"])
            #expect(silent.ending == .exited(1), "\(silent)")
            #expect(silent.output.contains("no answer to seq=2 within 0.5 s, no path yet, being"), "\(silent)")
            let unrouted = try lab.attempt(["ping", "2001:db8::1", "--count", "1"], on: .box1)
            #expect(unrouted.ending == .exited(2) && unrouted.error.contains("no IPv6 route"), "\(unrouted)")
        }

        @Test("a blocked direct way shows as the transit relay, and the direct way once it is open")
        func takeover() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let site = addressB.mappedEndpoint.address
            let rules = """
                add table ip blocked
                add chain ip blocked forward { type filter hook forward priority -10; }
                add rule ip blocked forward ip daddr \(site) drop

                """
            try lab.load(rules: rules, on: .box1)
            let before = try ping(lab, "\(addressB)", ["--count", "1", "--timeout", "5"])
            #expect(before.isSuccess && before.output.contains("through the transit relay"), "\(before)")
            try lab.load(rules: "delete table ip blocked\n", on: .box1)
            let after = try ping(lab, "\(addressB)", ["--count", "16", "--interval", "0.5", "--timeout", "1"])
            let last = after.output.split(separator: "\n").last { $0.contains(" time=") } ?? ""
            #expect(last.hasSuffix("direct to \(addressB.mappedEndpoint)"), "\(after)")
        }
    }
}
