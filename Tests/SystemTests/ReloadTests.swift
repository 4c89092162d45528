import FoundationEssentials
import TeredoControl
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Roles with a relay in them that read their settings again under a TCP flow.
    @Suite struct ReloadTests {
        /// Has a role read `text` as its settings, and waits until it said everything in `answers`.
        private func reload(
            _ role: RunningRole,
            _ file: String,
            _ text: String,
            _ answers: [String],
            in lab: KernelLab
        ) throws {
            try Data(text.utf8).write(to: URL(filePath: file))
            role.process.signal(1)
            let isSaid = try lab.wait(upTo: .seconds(20)) { answers.allSatisfy(role.log.contains) }
            #expect(isSaid, "\(answers): \(role.log)")
        }

        private func start(
            _ role: LabRole,
            as other: String? = nil,
            on host: KernelHost? = nil,
            _ text: String,
            in lab: KernelLab
        ) throws -> (RunningRole, file: String) {
            let file = "\(lab.directory)/\(other ?? role.rawValue).yaml"
            try Data(text.utf8).write(to: URL(filePath: file))
            let running = try lab.start(role, as: other, on: host, arguments: ["--config", file])
            try lab.waitUntilServing(running)
            return (running, file)
        }

        /// What a role counted for one of its peers.
        private func octets(of peer: String, at role: RunningRole) throws -> (received: UInt64, sent: UInt64)? {
            let socket = try #require(role.controlSocket)
            let list = try ControlQuery(controlSocketPath: socket).peers(limit: 256)
            let status = list.peers.first { $0.address == IPv6Address(peer) }
            guard let received = status?.octetsReceived, let sent = status?.octetsSent else { return nil }
            return (received, sent)
        }

        @Test(
            "A relay takes lower and higher limits, prefixes and transit under a TCP flow, on all its threads",
            arguments: [1, 3]
        )
        func relay(workers: Int) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            lab.hasTransit = false
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let common = "workers: \(workers)\n"
            let (relay, file) = try start(.relay, common + "peer-limit: 1000\n", in: lab)
            try lab.start(.client)
            let address = try lab.qualifiedAddress(of: .clientA).ipv6.description
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try octets(of: address, at: relay) == nil, "a relay counts when it is told to")
            try NumberedFlow.run(from: .clientA, to: .native, KernelAddresses.native, in: lab) {
                let lower = """
                    peer-limit: 16
                    served-prefix: [2400:1::/32]
                    transit: true
                    transit-rate: 500
                    disable-offload: all

                    """
                let keys = "served-prefix, peer-limit, transit, transit-rate"
                let answers = [
                    "settings read again: \(keys) changed",
                    "restart the role to apply settings that cannot change while it runs: disable-offload",
                ]
                try reload(relay, file, common + lower, answers, in: lab)
                #expect(try #require(try lab.statusText(of: relay)).contains(", limit 16"))
                let higher = "peer-limit: 200000\npeer-octets: true\n"
                let more = "served-prefix, peer-limit, peer-octets, transit, transit-rate changed"
                try reload(relay, file, common + higher, [more], in: lab)
                #expect(try #require(try lab.statusText(of: relay)).contains(", limit 200000"))
            }
            let counted = try #require(try octets(of: address, at: relay))
            #expect(counted.received > 1000 && counted.sent > 1000, "\(counted)")
            try reload(relay, file, common + "peer-limit: 4\n", ["the settings stay as they are"], in: lab)
            #expect(lab.stop(relay) == .exited(0), "\(relay.log)")
            let socket = try #require(relay.controlSocket)
            #expect(!FileManager.default.fileExists(atPath: socket), "the role takes its socket away when it ends")
        }

        @Test("A host-relay takes other limits under a TCP flow")
        func hostRelay() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let (relay, file) = try start(.hostRelay, "peer-limit: 1000\n", in: lab)
            try lab.start(.client, arguments: ["--allow", "tcp/5001"])
            let address = try lab.qualifiedAddress(of: .clientA).ipv6.description
            try NumberedFlow.run(from: relay.host, to: .clientA, address, in: lab) {
                try reload(relay, file, "peer-limit: 16\n", ["settings read again: peer-limit changed"], in: lab)
                let more = "peer-limit: 100000\nforeign-relay: [192.88.99.1]\nhook: /bin/true\n"
                let answers = ["read again: peer-limit, foreign-relay changed", "cannot change while it runs: hook"]
                try reload(relay, file, more, answers, in: lab)
            }
            #expect(try #require(try lab.statusText(of: relay)).contains(", limit 100000"))
            let counted = try #require(try octets(of: address, at: relay))
            #expect(counted.sent > 12_000, "\(counted)")
        }

        @Test("RFC 4380 section 5.4.3: a gateway takes secrets and limits of its server and its relay under a TCP flow")
        func gateway() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            lab.hasTransit = false
            defer { lab.close() }
            try lab[.internet].configure("ip route replace 2001::/32 via \(KernelAddresses.serverIPv6)")
            try lab[.server].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            let common = "secondary-address: \(KernelAddresses.secondaryServer)\n"
            let (gateway, file) = try start(.gateway, common + "peer-limit: 1000\n", in: lab)
            let secrets = "\(lab.directory)/secrets"
            try Data("alice key\n".utf8).write(to: URL(filePath: secrets))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secrets)
            let first = "peer-limit: 1000\nsecrets-file: \(secrets)\n"
            try reload(gateway, file, common + first, ["settings read again: secrets-file changed"], in: lab)
            try lab.start(.client, arguments: ["--secret-file", secrets])
            _ = try lab.qualifiedAddress(of: .clientA)
            try NumberedFlow.run(from: .clientA, to: .native, KernelAddresses.native, in: lab) {
                let text = """
                    secrets-file: \(secrets)
                    require-authentication: true
                    rate: 50
                    native-rate: 100
                    peer-limit: 32
                    transit: true
                    transit-clients: 100
                    workers: 2

                    """
                let keys = "require-authentication, rate, native-rate, peer-limit, transit, transit-clients"
                let answers = ["settings read again: \(keys) changed", "cannot change while it runs: workers"]
                try reload(gateway, file, common + text, answers, in: lab)
            }
            let status = try #require(try lab.statusText(of: gateway))
            #expect(status.contains(", limit 32") && status.contains("required, 1 client secret"), "\(status)")
            #expect(status.contains("\nTransit           : on, "), "\(status)")
            // Whoever has no secret is not answered any more.
            try lab.start(.client, on: .clientB)
            #expect(try !lab.wait(upTo: .seconds(3)) { try lab.teredoAddress(of: .clientB) != nil })
        }

        @Test("auto forwards what changes to the role that runs, and the next role begins with the rest")
        func auto() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            let (auto, file) = try start(.client, as: "auto", on: .dualStack, "peer-limit: 1000\n", in: lab)
            try lab.start(.client, arguments: ["--allow", "tcp/5001"])
            let address = try lab.qualifiedAddress(of: .clientA).ipv6.description
            try NumberedFlow.run(from: .dualStack, to: .clientA, address, in: lab) {
                let text = """
                    peer-limit: 16
                    refresh-interval: 20
                    strict: true
                    managed-network: [corp.example.com]
                    hook: /bin/true

                    """
                let answers = [
                    "settings read again: managed-network, peer-limit changed",
                    "refresh-interval, strict will take effect with the next change of role",
                    "cannot change while it runs: hook",
                ]
                try reload(auto, file, text, answers, in: lab)
                #expect(try #require(try lab.statusText(of: auto)).contains(", limit 16"))
            }
            try lab[.dualStack].configure("ip -6 route del default")
            _ = try lab.qualifiedAddress(of: .dualStack)
            let status = try #require(try lab.statusText(of: auto))
            #expect(status.contains("Client Refresh Interval : 20 seconds"), "\(status)")
            try NumberedFlow.run(from: .dualStack, to: .clientA, address, in: lab) {
                let text = "peer-limit: 77\nrefresh-interval: 25\nstrict: true\n"
                let answers = [
                    "settings read again: managed-network, refresh-interval changed",
                    "peer-limit will take effect with the next change of role",
                ]
                try reload(auto, file, text, answers, in: lab)
            }
            try lab[.dualStack].configure("ip -6 route add default via 2400:1:0:4::ff dev eth0 metric 2048")
            let isRelay = try lab.wait(upTo: .seconds(30)) {
                try lab.statusText(of: auto)?.contains(", limit 77") == true
            }
            #expect(isRelay, "\(auto.log)")
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        /// Whatever moves the packets of clients and relay.
        enum Movers: CaseIterable {
            case oneThread
            case threeThreads
            case kernel

            var arguments: [String] {
                switch self {
                case .oneThread: []
                case .threeThreads: ["--workers", "3"]
                case .kernel: ["--datapath", "ebpf"]
                }
            }
        }

        @Test("teredo peers counts the octets of each peer, whatever moves the packets", arguments: Movers.allCases)
        func octets(movers: Movers) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if movers == .kernel, KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let relay = try lab.start(.relay, arguments: movers.arguments + ["--peer-octets"])
            try lab.waitUntilServing(relay)
            let clientA = try lab.start(.client, arguments: movers.arguments)
            let clientB = try lab.start(.client, on: .clientB, arguments: movers.arguments + ["--allow", "tcp/5003"])
            let address = try lab.qualifiedAddress(of: .clientA).ipv6.description
            let peer = try lab.qualifiedAddress(of: .clientB).ipv6.description
            for (host, target) in [(KernelHost.native, KernelAddresses.native), (.clientB, peer)] {
                let sink = try Python.start(Self.drain, on: host, of: lab, name: "drain-\(host)")
                defer { sink.stop() }
                try #require(try lab.wait(upTo: .seconds(20)) { sink.lines == ["ready"] })
                let sent = try Python.run(Self.load, [target], on: .clientA, of: lab, limit: .seconds(60))
                #expect(sent == ["4000000"], "\(target)")
            }
            for (role, known) in [
                (clientA, KernelAddresses.native), (clientA, peer), (clientB, address), (relay, address),
            ] {
                let counted = try #require(try octets(of: known, at: role), "\(role.role) of \(known)")
                let (load, answers) =
                    role.host == .clientA ? (counted.sent, counted.received) : (counted.received, counted.sent)
                // With headers a few per cent more, and room for retransmissions.
                #expect((4_000_000..<5_200_000).contains(load), "\(role.role) of \(known): \(counted)")
                #expect((1..<1_500_000).contains(answers), "\(role.role) of \(known): \(counted)")
            }
        }

        private static let drain = """
            import socket
            s = socket.create_server(("::", 5003), family=socket.AF_INET6)
            print("ready")
            c, _ = s.accept()
            n = 0
            while d := c.recv(1 << 20): n += len(d)
            c.sendall(str(n).encode())
            c.close()
            """

        private static let load = """
            import socket, sys
            s = socket.create_connection((sys.argv[1], 5003), timeout=20)
            s.sendall(bytes(4_000_000))
            s.shutdown(socket.SHUT_WR)
            print(s.recv(100).decode())
            """
    }
}
