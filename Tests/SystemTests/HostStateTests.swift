import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What other programs do to the interface of a role, its routes and its rule.
    @Suite struct HostStateTests {
        @Test(
            "what another program changes about a client's interface is put back and said, and the client goes on",
            arguments: [
                ("ip -6 addr flush dev teredo scope global", "has lost the address"),
                ("ip link set teredo down", "is down"),
                ("ip link set teredo mtu 576", "has an MTU of 576"),
                ("ip link set teredo mtu 9000", "has an MTU of 9000"),
                ("echo 1 > /proc/sys/net/ipv6/conf/teredo/disable_ipv6", "has IPv6 switched off"),
                ("ip -6 route flush dev teredo", "has lost the route ::/0"),
                ("ip -6 rule del pref 32765", "has lost the rule"),
            ]
        )
        func restored(change: String, found: String) throws {
            try SystemTest.requirePrivileges()
            let (lab, address, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let before = try Self.state(.clientA, address, lab)
            try lab[.clientA].configure(change)
            let isBack = try lab.wait(upTo: .seconds(5)) {
                try client.log.contains(found) && Self.state(.clientA, address, lab) == before
            }
            let state = try Self.state(.clientA, address, lab)
            #expect(isBack, "\(client.log)\n\(state)")
            #expect(client.log.contains("put back"), "\(client.log)")
            #expect(try !Self.state(.clientA, address, lab).contains("fe80"))
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            let status = try #require(try lab.status(of: client))
            #expect(!status.contains("\"interfaceRestorations\" : 0,"), "\(status)")
            #expect(lab.stop(client) == .exited(0))
            #expect(try !lab[.clientA].run(["ip", "-6", "rule"]).output.contains("\(address)"), "the rule is gone")
        }

        @Test(
            "what another program changes about a relay's interface is put back",
            arguments: [
                "ip -6 route del 2001::/32 dev teredo", "ip link set teredo down", "ip link set teredo mtu 1000",
            ]
        )
        func relay(change: String) throws {
            try SystemTest.requirePrivileges()
            let (lab, _, _) = try SystemTest.runningLab()
            defer { lab.close() }
            try lab[.relay].configure(change)
            let isBack = try lab.wait(upTo: .seconds(5)) {
                let shown = try lab[.relay].run(["ip", "-6", "route", "show", "dev", "teredo"]).output
                return shown.contains("2001::/32")
            }
            #expect(isBack)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
        }

        @Test(
            "SEC-05: the host takes neither advertisements nor redirects from the interface of any role, also made anew",
            arguments: [
                (LabRole.client, "client", []), (.client, "client", ["--workers", "2"]), (.client, "auto", []),
                (.relay, "relay", []), (.hostRelay, "host-relay", []),
            ] as [(LabRole, String, [String])]
        )
        func secondLine(role: LabRole, command: String, arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            if role == .client { try lab.waitUntilServing(try lab.start(.server)) }
            let running = try lab.start(role, as: command, arguments: arguments)
            try lab.waitUntilServing(running)
            let folder = "/proc/sys/net/ipv6/conf"
            let names = ["accept_ra", "accept_redirects", "autoconf"]
            func values(_ interface: String) throws -> [String] {
                let files = names.map { "\(folder)/\(interface)/\($0)" }
                return try lab[running.host].run(["cat"] + files).output.split(separator: "\n").map(String.init)
            }
            // What the kernel gives new interfaces, or nothing would be shown here.
            #expect(try values("default").contains("1"))
            #expect(try lab.wait(upTo: .seconds(10)) { try values("teredo") == ["0", "0", "0"] }, "\(running.log)")
            // Below 1280 octets the kernel forgets all of it.
            try lab[running.host].configure("ip link set teredo mtu 576")
            let isBack = try lab.wait(upTo: .seconds(10)) {
                let mtu = try lab[running.host].run(["cat", "/sys/class/net/teredo/mtu"]).output
                return try mtu != "576\n" && values("teredo") == ["0", "0", "0"]
            }
            #expect(isBack, "\(running.log)")
        }

        @Test("an interface that is renamed is known by its new name, and one that is removed or moved ends the client")
        func renamed() throws {
            try SystemTest.requirePrivileges()
            let (lab, address, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            try lab[.clientA].configure(
                "ip link set teredo down; ip link set teredo name rename6; ip link set rename6 up"
            )
            let isKnown = try lab.wait(upTo: .seconds(5)) {
                try lab.status(of: client)?.contains("\"interface\" : \"rename6\"") == true
                    && lab[.clientA].run(["ip", "-6", "addr", "show", "dev", "rename6"]).output.contains("\(address)")
            }
            #expect(isKnown, "\(client.log)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            try lab[.clientA].configure("ip link del rename6")
            #expect(try lab.wait(upTo: .seconds(5)) { client.log.contains("rename6 was removed by another program") })
        }

        @Test("another program that keeps changing something is not fought for ever, and status and check say so")
        func contest() throws {
            try SystemTest.requirePrivileges()
            let (lab, address, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let script =
                "for i in $(seq 100); do ip -6 addr del \(address)/32 dev teredo 2>/dev/null && echo taken; sleep 0.05; done"
            let taken = try lab[.clientA].run(["sh", "-c", script], limit: .seconds(30)).output
            let count = taken.split(separator: "\n").count
            #expect((2...13).contains(count), "the address was put back \(count) times")
            #expect(client.log.contains("again and again"), "\(client.log)")
            let status = try #require(try lab.status(of: client))
            #expect(status.contains("\"address-missing\""), "\(status)")
            let socket = try #require(client.controlSocket)
            let check = try lab[.clientA].run([SystemTest.binary, "check", "--json", "--control-socket", socket])
            #expect(check.output.contains("interface-changed"), "\(check)")
            // When the other program is gone, the address comes back by itself.
            #expect(
                try lab.wait(upTo: .seconds(15)) {
                    try lab[.clientA].run(["ip", "-6", "addr"]).output.contains("\(address)")
                }
            )
        }

        @Test("two clients on one host, as documented, both have working ways in and out")
        func twoClients() throws {
            try SystemTest.requirePrivileges()
            let (lab, first, peer) = try SystemTest.runningLab()
            defer { lab.close() }
            let other = ["--no-default-route", "--interface", "teredo2"]
            let second = try lab.start(.client, on: .clientA, arguments: other)
            let shown = ["ip", "-6", "-o", "addr", "show", "dev", "teredo2", "scope", "global"]
            var own: String?
            _ = try lab.wait(upTo: .seconds(20)) {
                own = try lab[.clientA].run(shown).output.split { $0 == " " || $0 == "/" }.map(String.init)
                    .first { $0.hasPrefix("2001:") }
                return own != nil
            }
            let address = try #require(own, "\(second.log)")
            for source in ["\(first)", address] {
                for destination in ["\(peer)", KernelAddresses.native] {
                    let ping = ["ping", "-6", "-c", "5", "-i", "0.5", "-W", "2", "-I", source, destination]
                    let output = try lab[.clientA].run(ping, limit: .seconds(30)).output
                    #expect(!output.contains(" 0 received"), "\(source) to \(destination): \(output)")
                }
                #expect(try lab.ping(source, from: .clientB).isReachable, "to \(source)")
            }
        }

        /// Everything that the client needs of the host.
        private static func state(_ host: KernelHost, _ address: TeredoAddress, _ lab: KernelLab) throws -> String {
            let commands = [
                "ip -6 -o addr show dev teredo", "ip -6 route show table all dev teredo",
                "ip -6 rule show from \(address)", "cat /sys/class/net/teredo/mtu",
            ]
            let script = commands.joined(separator: "; ")
            return try lab[host].run(["sh", "-c", script]).output.split(separator: "\n")
                .filter { !$0.contains("ff00::/8") }.sorted().joined(separator: "\n")
        }
    }
}
