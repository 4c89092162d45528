import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The rules for packet filters in docs/operator.md, as they are written there.
    @Suite struct OperatorGuideTests {
        @Test("behind the firewall of the guide a gateway serves clients both ways, without tracking their UDP")
        func firewall() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab[.internet].configure("ip route replace 2001::/32 via \(KernelAddresses.serverIPv6)")
            try lab[.server].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            try lab.load(rules: try DocumentedSteps.block("rules: gateway", of: "docs/operator.md"), on: .server)
            try lab.load(rules: try DocumentedSteps.block("rules: log", of: "docs/operator.md"), on: .server)
            try lab.waitUntilServing(try lab.start(.gateway))
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            for (name, ping) in try [
                ("A -> native", lab.ping(KernelAddresses.native, from: .clientA)),
                ("native -> B", lab.ping("\(addressB)", from: .native)),
                ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                ("B -> A", lab.ping("\(addressA)", from: .clientB)),
            ] {
                #expect(ping.isReachable, "\(name): \(ping)")
            }
            // Entries are those of IPv6 through the tunnel, none of a client's UDP; a host may not show its table.
            if ChildProcess.executable(named: "conntrack") != nil {
                let table = try lab[.server].run(["conntrack", "-L", "-f", "ipv4", "-p", "udp"])
                #expect(table.isSuccess && !table.output.contains("dport=354"), "\(table)")
            }
        }

        @Test("without its rule for the ports of the gateway nobody gets an address")
        func withoutTheRule() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let rules = try DocumentedSteps.block("rules: gateway", of: "docs/operator.md")
            let closed = rules.replacing("        udp dport { 3544, 3545 } accept\n", with: "")
            try #require(closed != rules)
            try lab.load(rules: closed, on: .server)
            try lab.waitUntilServing(try lab.start(.gateway))
            let check = [SystemTest.binary, "check", "--server", KernelAddresses.server]
            let output = try lab[.clientA].run(check, limit: .seconds(60))
            #expect(!output.isSuccess && output.output.contains("Verdict: server-silent"), "\(output)")
        }
    }
}
