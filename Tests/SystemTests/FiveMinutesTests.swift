import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The path from two bare hosts to a ping that README.md describes, as it is written there.
    @Suite struct FiveMinutesTests {
        /// Where the ping of README.md goes, on the Internet and in the lab.
        private static let target = "2606:4700:4700::1111"

        @Test("the commands of README.md for a gateway and for a client behind a NAT end in an answered ping -6")
        func path() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            // As on the Internet: nobody routes 2001::/32.
            try lab[.internet].configure(
                """
                ip route del 2001::/32
                ip route add \(Self.target)/128 via \(KernelAddresses.native)
                """
            )
            try lab[.native].configure("ip address add \(Self.target)/128 dev lo")
            let steps = try DocumentedSteps("README.md", in: lab)
            let gateway = try steps.start(
                ["five minutes: host A"],
                on: .server,
                until: "teredo status",
                then: "echo serving; wait"
            )
            defer { gateway.stop() }
            let isServing = try lab.wait(upTo: .seconds(20)) { gateway.lines.contains("serving") }
            try #require(isServing, "\(gateway.lines)")
            let client = try steps.start(
                ["five minutes: host B"],
                on: .clientA,
                until: "teredo status | grep -q '  qualified for '",
                then: "echo answered"
            )
            defer { client.stop() }
            _ = client.process.wait(limit: .seconds(60))
            #expect(client.lines.contains { $0.contains(" 0% packet loss") }, "\(client.lines)")
            #expect(client.lines.contains("answered"), "\(client.lines) \(gateway.lines)")
        }
    }
}
