import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// `teredo auto` on a host whose native IPv6 comes and goes.
    @Suite struct AutoTests {
        private static let withdrawRoute = "ip -6 route del default"
        /// Of low preference, as systemd-networkd writes it.
        private static let restoreRoute = "ip -6 route add default via 2400:1:0:4::ff dev eth0 metric 2048"

        @Test("RFC 4380 section 5.5: with native IPv6 a host-relay, without it a client, and native TCP goes on")
        func followsNativeIPv6() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let auto = try lab.start(.client, as: "auto", on: .dualStack)
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            #expect(try lab.teredoAddress(of: .dualStack) == nil)
            let echo = try Python.start(Self.echo, [KernelAddresses.native], on: .native, of: lab, name: "echo")
            defer { echo.stop() }
            try #require(try lab.wait(upTo: .seconds(10)) { echo.lines == ["listening"] })
            let stream = try Python.start(
                Self.stream,
                [KernelAddresses.native],
                on: .dualStack,
                of: lab,
                name: "stream"
            )
            defer { stream.stop() }
            try #require(try lab.wait(upTo: .seconds(10)) { stream.lines.contains("echoed 1") })

            try lab[.dualStack].configure(Self.withdrawRoute)
            _ = try lab.qualifiedAddress(of: .dualStack)
            #expect(try becomes("client", auto, lab), "\(auto.log)")
            #expect(try lab.ping(KernelAddresses.native, from: .dualStack).received > 0)

            try lab[.dualStack].configure(Self.restoreRoute)
            let way = ["ip", "-6", "route", "get", KernelAddresses.native]
            #expect(try lab[.dualStack].run(way).output.contains("dev eth0"), "native IPv6 wins while the client runs")
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            #expect(try lab.teredoAddress(of: .dualStack) == nil)
            let routes = try lab[.dualStack].run(["ip", "-6", "route"]).output
            #expect(routes.contains("2001::/32 dev teredo") && !routes.contains("default dev teredo"), "\(routes)")
            let text = try #require(try lab.statusText(of: auto))
            #expect(text.contains("teredo auto, "), "\(text)")
            #expect(text.contains("client: this host has no native IPv6"), "\(text)")
            let echoed = stream.lines.count
            #expect(try lab.wait(upTo: .seconds(30)) { stream.lines.count > echoed + 2 }, "\(stream.lines.suffix(3))")

            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
            #expect(try !lab[.dualStack].run(["ip", "-o", "link"]).output.contains("teredo:"))
            #expect(try !lab[.dualStack].run(["ip", "-6", "route"]).output.contains("2001::/32"))
        }

        @Test(
            "roles take turns on the same interface, whatever moves their packets",
            arguments: [["--workers", "2"], ["--datapath", "ebpf"]]
        )
        func takesTurns(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let auto = try lab.start(.client, as: "auto", on: .dualStack, arguments: arguments)
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            try lab[.dualStack].configure(Self.withdrawRoute)
            #expect(try becomes("client", auto, lab), "\(auto.log)")
            try lab[.dualStack].configure(Self.restoreRoute)
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test("with --native-by-address a global address without a default route makes a host-relay")
        func addressAlone() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            try lab.start(.client, on: .clientA)
            let peer = try lab.qualifiedAddress(of: .clientA)
            try lab[.dualStack].configure(Self.withdrawRoute)
            let auto = try lab.start(.client, as: "auto", on: .dualStack, arguments: ["--native-by-address"])
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            #expect(try lab.teredoAddress(of: .dualStack) == nil)
            #expect(try lab.ping("\(peer)", from: .dualStack).isReachable, "the relay of its own is enough")
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test("a default route that flaps does not change the role with each flap")
        func flapping() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let auto = try lab.start(.client, as: "auto", on: .dualStack)
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
            let flap = "\(Self.withdrawRoute); sleep 0.1; \(Self.restoreRoute); sleep 0.1"
            try lab[.dualStack].configure("for n in $(seq 20); do \(flap); done")
            let beginnings = auto.log.components(separatedBy: "host-relay: this host has").count - 1
            #expect((1...2).contains(beginnings), "\(auto.log)")
            #expect(try becomes("host-relay", auto, lab), "\(auto.log)")
        }

        @Test("SIGHUP reads the settings again, whichever role it is at the time")
        func reload() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = "\(lab.directory)/auto.yaml"
            try Data("native: dormant\n".utf8).write(to: URL(filePath: file))
            let auto = try lab.start(.client, as: "auto", on: .dualStack, arguments: ["--config", file])
            #expect(try becomes("auto", auto, lab), "\(auto.log)")
            for (text, answer) in [
                ("log-level: debug\nnative: dormant\n", "log-level is now debug"),
                (
                    "native: dormant\nmanaged-network: [corp.example.com]\n",
                    "settings read again: managed-network changed"
                ),
                ("native: client\n", "the settings stay as they are"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: file))
                auto.process.signal(1)
                #expect(try lab.wait(upTo: .seconds(20)) { auto.log.contains(answer) }, "\(auto.log)")
            }
            try lab[.dualStack].configure(Self.withdrawRoute)
            #expect(try becomes("client", auto, lab), "\(auto.log)")
            try Data("native: dormant\nlog-level: trace\n".utf8).write(to: URL(filePath: file))
            auto.process.signal(1)
            #expect(try lab.wait(upTo: .seconds(20)) { auto.log.contains("log-level is now trace") }, "\(auto.log)")
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test(
            "dormant, it has no interface and no UDP socket, and says why",
            arguments: [
                (["--native", "dormant"], "this host has native IPv6, 2400:1:0:4::1 on eth0"),
                (["--type", "disabled"], "it is disabled (--type disabled)"),
                (
                    ["--managed-network", "corp.example.com", "--managed-network", "198.51.100.128/25"],
                    "client is in a managed network: it has the address 198.51.100.129"
                ),
            ]
        )
        func dormant(arguments: [String], reason: String) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let auto = try lab.start(.client, as: "auto", on: .dualStack, arguments: arguments)
            try lab.waitUntilServing(auto)
            let text = try #require(try lab.statusText(of: auto))
            #expect(text.contains("dormant, for"), "\(text)")
            #expect(text.contains(reason), "\(text)")
            #expect(try !lab[.dualStack].run(["ip", "-o", "link"]).output.contains("teredo:"))
            #expect(try lab[.dualStack].run(["cat", "/proc/net/udp"]).output.split(separator: "\n").count == 1)
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test("SEC-19: on arrival in a managed network everything ends at once")
        func arrival() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let auto = try lab.start(.client, as: "auto", arguments: ["--managed-network", "10.20.0.0/16"])
            _ = try lab.qualifiedAddress(of: .clientA)
            try lab[.clientA].configure("ip address add 10.20.3.4/24 dev eth0")
            #expect(try becomes("auto", auto, lab), "\(auto.log)")
            #expect(try !lab[.clientA].run(["ip", "-o", "link"]).output.contains("teredo:"))
            try lab[.clientA].configure("ip address del 10.20.3.4/24 dev eth0")
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        private struct Role: Decodable {
            let role: String
        }

        private func becomes(_ role: String, _ running: RunningRole, _ lab: KernelLab) throws -> Bool {
            try lab.wait(upTo: .seconds(20)) {
                guard let status = try lab.status(of: running) else { return false }
                return try JSONDecoder().decode(Role.self, from: Data(status.utf8)).role == role
            }
        }

        private static let echo = """
            import socket, sys
            s = socket.create_server((sys.argv[1], 7777), family=socket.AF_INET6)
            print("listening")
            c = s.accept()[0]
            while True:
                data = c.recv(100)
                if not data: break
                c.sendall(data)
            """

        private static let stream = """
            import socket, sys, time
            s = socket.create_connection((sys.argv[1], 7777))
            number = 0
            while True:
                number += 1
                s.sendall(b"x")
                s.recv(1)
                print("echoed", number)
                time.sleep(0.2)
            """
    }
}
