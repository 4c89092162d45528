import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// docs/fleet.md: three relays announced by BIRD to a router with equal-cost routes. What happens to one of them must hardly be
    /// seen by a native host and a client that talk through it.
    @Suite(.serialized) struct FleetRoutingTests {
        private static func require() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if !Bird.isInstalled { try Test.cancel("\(Bird.missing)") }
        }

        /// Measures echo requests of the native host to client A while `event` happens to the relay that carries them, or the answers.
        private static func measure(
            _ what: String,
            _ fleet: RoutedFleet,
            _ direction: RoutedFleet.Direction = .fromNative,
            rest: Duration = .seconds(6),
            _ event: (RunningRole) throws -> Void
        ) throws -> EchoFlow {
            let address = "\(try #require(try fleet.lab.teredoAddress(of: .clientA)))"
            let flow = try EchoFlow.measure(from: .native, to: address, in: fleet.lab, rest: rest) {
                let relay = try fleet.busiest(direction)
                try event(relay)
            }
            print("    fleet: \(what), \(direction): \(flow.lost) lost, longest gap \(flow.gap) ms")
            return flow
        }

        @Test(
            "a relay that is killed leaves hardly a gap in what comes through it, and one as long as its client needs in what goes"
        )
        func kill() throws {
            try Self.require()
            let fleet = try RoutedFleet()
            defer { fleet.close() }
            let killed = try Self.measure("killed", fleet) { relay throws in
                fleet.kill(relay)
                #expect(try fleet.lab.wait(upTo: .seconds(1)) { try fleet.ways == 2 })
            }
            #expect(killed.gap < 6000, "killed: \(killed)")
            let other = try Self.measure("killed", fleet, .toNative, rest: .seconds(10)) { relay throws in
                fleet.kill(relay)
                #expect(try fleet.lab.wait(upTo: .seconds(1)) { try fleet.ways == 1 })
            }
            #expect(other.gap < 6000, "killed: \(other)")
        }

        @Test("a relay whose host dies is missed within the time of BFD")
        func death() throws {
            try Self.require()
            let fleet = try RoutedFleet()
            defer { fleet.close() }
            let died = try Self.measure("host died", fleet, rest: .seconds(10)) { relay throws in
                try fleet.lab.load(
                    rules: """
                        table inet dead {
                            chain in { type filter hook prerouting priority -400; policy drop; }
                            chain out { type filter hook output priority -400; policy drop; }
                        }
                        """,
                    on: relay.host
                )
                #expect(try fleet.lab.wait(upTo: .seconds(1)) { try fleet.ways == 2 })
            }
            #expect(died.gap < 6000, "host died: \(died)")
        }

        @Test("a relay that hangs is withdrawn within a second, and announced again when it goes on")
        func hang() throws {
            try Self.require()
            let fleet = try RoutedFleet()
            defer { fleet.close() }
            let hung = try Self.measure("hung", fleet) { relay throws in
                relay.process.signal(19)
                #expect(try fleet.lab.wait(upTo: .seconds(2)) { try fleet.ways == 2 })
                Pause.sleep(.seconds(3))
                relay.process.signal(18)
                #expect(try fleet.lab.wait(upTo: .seconds(5)) { try fleet.ways == 3 })
                #expect(relay.log.contains("the role does not run"), "\(relay.log)")
            }
            #expect(hung.gap < 2000, "hung: \(hung)")
            // What a client sends to a relay no router can lead elsewhere: the client has to find out.
            let sent = try Self.measure("hung", fleet, .toNative, rest: .seconds(2)) { relay throws in
                relay.process.signal(19)
                Pause.sleep(.seconds(12))
                relay.process.signal(18)
            }
            #expect(sent.gap < 6000, "hung: \(sent)")
        }

        @Test("a relay that drains loses nothing: it is withdrawn, clients turn to others, and it ends with status 0")
        func drain() throws {
            try Self.require()
            let fleet = try RoutedFleet(relayArguments: ["--drain-timeout", "60"])
            defer { fleet.close() }
            var ended = false
            let drained = try Self.measure("drained", fleet, rest: .seconds(3)) { relay throws in
                let socket = try #require(relay.controlSocket)
                let answer = try fleet.lab.attempt(["drain", "--control-socket", socket], on: relay.host)
                #expect(answer.isSuccess && answer.output.hasPrefix("draining: "), "\(answer)")
                #expect(try fleet.lab.wait(upTo: .seconds(1)) { try fleet.ways == 2 })
                let status = try fleet.lab.statusText(of: relay) ?? ""
                #expect(status.contains("withdrawn: draining") && status.contains("at the latest"), "\(status)")
                ended = try fleet.lab.wait(upTo: .seconds(50)) { relay.process.poll() != nil }
                #expect(relay.process.poll()?.isSuccess == true, "\(relay.log)")
                #expect(relay.log.contains("drained: nothing is left"), "\(relay.log)")
            }
            #expect(ended)
            #expect(drained.lost <= 1 && drained.gap < 500, "drained: \(drained)")
        }

        @Test("TCP flows in both directions go on without a standstill while the relay that carries them drains")
        func drainedFlows() throws {
            try Self.require()
            let fleet = try RoutedFleet()
            defer { fleet.close() }
            let address = "\(try #require(try fleet.lab.teredoAddress(of: .clientA)))"
            for (from, to, target) in [
                (KernelHost.native, KernelHost.clientA, address), (.clientA, .native, KernelAddresses.native),
            ] {
                try NumberedFlow.run(from: from, to: to, target, in: fleet.lab) {
                    let relay = try fleet.busiest(.fromNative)
                    let socket = try #require(relay.controlSocket)
                    #expect(try fleet.lab.attempt(["drain", "--control-socket", socket], on: relay.host).isSuccess)
                    #expect(
                        try fleet.lab.wait(upTo: .seconds(40)) { relay.process.poll()?.isSuccess == true },
                        "\(relay.log)"
                    )
                    fleet.kill(relay)
                }
            }
        }

        @Test("a router prefers others to a relay that is a reserve, and takes it when there is no other")
        func reserve() throws {
            try Self.require()
            let fleet = try RoutedFleet()
            defer { fleet.close() }
            // As the announcing process has it for a relay that is over its limits.
            let relay = try #require(fleet.relays[.relay])
            fleet.kill(relay)
            try fleet.lab[.relay].configure(
                "ip -6 route add 2001::/32 dev eth0 table 3544 proto static metric 1000000"
            )
            Pause.sleep(.seconds(1))
            #expect(try fleet.ways == 2)
            for host in [KernelHost.dualStack, .box2] { fleet.kill(try #require(fleet.relays[host])) }
            // One after the other goes, so that there is one way for a moment before the last is the reserve.
            var way = ""
            let isTaken = try fleet.lab.wait(upTo: .seconds(4)) {
                way = try fleet.lab[.internet].run(["ip", "-6", "route", "show", "2001::/32"]).output
                return way.contains("dev relay") && !way.contains("dev box")
            }
            #expect(isTaken, "\(way)")
        }

        @Test(
            "servers with the same addresses are found at the one that is left, also by a client that is there already"
        )
        func anycast() throws {
            try Self.require()
            let fleet = try RoutedServers()
            defer { fleet.close() }
            let first = try fleet.lab.start(.client, on: .clientA)
            let address = try fleet.lab.qualifiedAddress(of: .clientA)
            let used = try #require(try fleet.busy(), "no server was asked")
            fleet.kill(used)
            #expect(try fleet.lab.wait(upTo: .seconds(2)) { try fleet.ways == 1 })
            // The same address: nothing of it is kept by a server.
            try fleet.lab.start(.client, on: .clientB)
            _ = try fleet.lab.qualifiedAddress(of: .clientB)
            Pause.sleep(.seconds(35))
            #expect(try fleet.lab.teredoAddress(of: .clientA) == address, "\(first.log)")
            #expect(!first.log.contains("server-lost") && !first.log.contains("offline"), "\(first.log)")
        }

        @Test("a drain is called off, SIGTERM ends it at once, and a client refuses it")
        func drainOrders() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let relay = try lab.start(.relay, arguments: ["--announce-table", RoutedFleet.table])
            let server = try lab.start(.server, arguments: ["--announce-table", "77", "--drain-timeout", "2"])
            for role in [relay, server] { try lab.waitUntilServing(role) }
            let host = try lab[.relay]
            func routes(_ family: String, _ table: String, on host: KernelNamespace) throws -> String {
                try host.run(["ip", family, "route", "show", "table", table]).output
            }
            #expect(
                try lab.wait(upTo: .seconds(5)) {
                    try routes("-6", RoutedFleet.table, on: host).hasPrefix("2001::/32 dev teredo ")
                }
            )
            relay.process.signal(10)
            #expect(try lab.wait(upTo: .seconds(1)) { try routes("-6", RoutedFleet.table, on: host).isEmpty })
            let socket = ["--control-socket", try #require(relay.controlSocket)]
            let cancelled = try lab.attempt(["drain", "--cancel"] + socket, on: .relay)
            #expect(cancelled.isSuccess && cancelled.output.hasPrefix("running: "), "\(cancelled)")
            #expect(try lab.wait(upTo: .seconds(2)) { try !routes("-6", RoutedFleet.table, on: host).isEmpty })
            relay.process.signal(10)
            Pause.sleep(.milliseconds(100))
            #expect(lab.stop(relay)?.isSuccess == true)
            #expect(try routes("-6", RoutedFleet.table, on: host).isEmpty)
            // A server: its addresses, through an interface of the announcing process.
            let serverHost = try lab[.server]
            let announced = try routes("-4", "77", on: serverHost)
            for address in [KernelAddresses.server, KernelAddresses.secondaryServer] {
                #expect(announced.contains("\(address) dev teredo-up"), "\(announced)")
            }
            let client = try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            let refused = try lab.attempt(
                ["drain", "--control-socket", try #require(client.controlSocket)],
                on: .clientA
            )
            #expect(refused.ending == .exited(1) && refused.error.contains("announced to nobody"), "\(refused)")
            client.process.signal(10)
            #expect(try lab.wait(upTo: .seconds(2)) { client.log.contains("SIGUSR1 is ignored") }, "\(client.log)")
            // Its clients ask on, so that it ends at the limit.
            server.process.signal(10)
            #expect(try lab.wait(upTo: .seconds(1)) { try routes("-4", "77", on: serverHost).isEmpty })
            #expect(try lab.wait(upTo: .seconds(6)) { server.process.poll() != nil })
            #expect(server.process.poll()?.isSuccess == true, "\(server.log)")
        }

        @Test("a server whose routes go with the interface that holds them ends, so that it is started again")
        func anchor() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server, arguments: ["--announce-table", "77"])
            let host = try lab[.server]
            func routes() throws -> String { try host.run(["ip", "route", "show", "table", "77"]).output }
            #expect(try lab.wait(upTo: .seconds(5)) { try routes().contains("dev teredo-up0") }, "\(server.log)")
            try host.configure("ip link del teredo-up0")
            #expect(try lab.wait(upTo: .seconds(5)) { server.process.poll() == .exited(1) }, "\(server.log)")
            #expect(server.log.contains("Error: "), "\(server.log)")
            #expect(try routes().isEmpty)
        }

        @Test("a role is withdrawn while its host lacks what it needs, and when it is killed with what announces it")
        func condition() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server, arguments: ["--announce-table", "77"])
            let relay = try lab.start(.relay, arguments: ["--announce-table", "77"])
            for role in [relay, server] { try lab.waitUntilServing(role) }
            let host = try lab[.relay]
            func isAnnounced() throws -> Bool {
                !(try host.run(["ip", "-6", "route", "show", "table", "77"]).output.isEmpty)
            }
            #expect(try lab.wait(upTo: .seconds(5)) { try isAnnounced() })
            for (fault, repair, reason) in [
                (
                    "echo 0 > /proc/sys/net/ipv6/conf/all/forwarding",
                    "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding", "forward"
                ),
                (
                    "ip -6 address del \(KernelAddresses.relayIPv6)/64 dev eth0",
                    "ip -6 address add \(KernelAddresses.relayIPv6)/64 dev eth0 nodad", "no link that is up"
                ),
                (
                    "ip address del \(KernelAddresses.relay)/25 dev eth0",
                    "ip address add \(KernelAddresses.relay)/25 dev eth0",
                    "has no address"
                ),
            ] {
                try host.configure(fault)
                #expect(try lab.wait(upTo: .seconds(1)) { try !isAnnounced() }, "\(fault)")
                let status = try lab.statusText(of: relay) ?? ""
                #expect(status.contains("withdrawn: ") && status.contains(reason), "\(fault): \(status)")
                try host.configure(repair)
                #expect(try lab.wait(upTo: .seconds(4)) { try isAnnounced() }, "\(repair): \(relay.log)")
            }
            // Both at once, as a service manager or the kernel's killer of processes does it.
            let serverHost = try lab[.server]
            #expect(try serverHost.run(["ip", "route", "show", "table", "77"]).output.contains("teredo-up"))
            let children = try CommandOutput.run(["ps", "-o", "pid=,args=", "-A"], limit: .seconds(5)).output
                .split(separator: "\n").filter { $0.contains("announcer 77 0 \(KernelAddresses.server)/32") }
            let announcer = try #require(children.first?.split(separator: " ").first.map(String.init))
            _ = try CommandOutput.run(
                ["kill", "-9", announcer, "\(server.process.processIdentifier)"],
                limit: .seconds(5)
            )
            #expect(
                try lab.wait(upTo: .seconds(1)) {
                    try serverHost.run(["ip", "route", "show", "table", "77"]).output.isEmpty
                }
            )
            // Without the process that announces it nobody could withdraw the relay: it ends, and with it the route.
            let others = try CommandOutput.run(["ps", "-o", "pid=,ppid=,args=", "-A"], limit: .seconds(5)).output
                .split(separator: "\n").filter { $0.contains("announcer 77") && $0.contains("2001::/32") }
            let last = try #require(others.first { $0.contains(" \(relay.process.processIdentifier) ") })
            let process = try #require(last.split(separator: " ").first.map(String.init))
            _ = try CommandOutput.run(["kill", "-9", process], limit: .seconds(5))
            #expect(try lab.wait(upTo: .seconds(2)) { relay.process.poll() == .exited(1) }, "\(relay.log)")
            #expect(try !isAnnounced())
        }
    }
}
