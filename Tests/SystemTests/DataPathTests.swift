import FoundationEssentials
import TeredoKernel
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Traffic on the kernel's data path, with everything that must go on in userspace beside it.
    @Suite struct DataPathTests {
        private static let arguments = ["--datapath", "ebpf"]
        /// What clients let in: the streams and datagrams of these tests.
        private static let allowed = ["--allow", "tcp/5001", "--allow", "udp/5002"]

        /// Receives one connection and prints how much came and its hash.
        private static let sink = """
            import hashlib, socket
            s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("::", 5001)); s.listen(1)
            print("ready")
            c, _ = s.accept()
            h, n = hashlib.sha256(), 0
            while d := c.recv(1 << 20):
                h.update(d); n += len(d)
            c.sendall(b"done"); c.close()
            print(n, h.hexdigest())
            """
        private static let source = """
            import hashlib, random, socket, sys
            data = random.Random(4380).randbytes(1 << 20)
            h = hashlib.sha256()
            s = socket.create_connection((sys.argv[1], 5001), timeout=20)
            for i in range(24):
                block = data[i:] + data[:i]
                s.sendall(block); h.update(block)
            s.shutdown(socket.SHUT_WR)
            assert s.recv(16) == b"done"
            print(24 << 20, h.hexdigest())
            """
        /// Turns off what lets super-packets through an interface, which makes the path choose XDP.
        static let withoutSuperPackets = """
            import array, fcntl, socket, struct
            value = array.array("B", struct.pack("II", 0x1F, 0))
            request = struct.pack("16sQ16x", b"eth0", value.buffer_info()[0])
            fcntl.ioctl(socket.socket(), 0x8946, request)
            """

        private struct Status: Decodable {
            struct Counters: Decodable {
                let datagramsReceived: Int
                let datagramsSent: Int
                let drops: [String: Int]
            }

            let dataPath: String
            let kernelPeers: Int
            let counters: Counters
        }

        private func status(of role: RunningRole, in lab: KernelLab) throws -> Status {
            try JSONDecoder().decode(Status.self, from: Data(try #require(try lab.status(of: role)).utf8))
        }

        private static func require() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
        }

        /// A lab with relay and both clients on the kernel's path; `reception` is what the clients are to choose.
        private func lab(
            _ reception: KernelDataPath.Reception,
            arguments: [String] = arguments
        ) throws -> (KernelLab, clients: [RunningRole], RunningRole) {
            let lab = try SystemTest.lab()
            do {
                let server = try lab.start(.server)
                let relay = try lab.start(.relay, arguments: arguments)
                for role in [server, relay] { try lab.waitUntilServing(role) }
                let clients = try [KernelHost.clientA, .clientB].map { host in
                    if reception == .xdp { _ = try Python.run(Self.withoutSuperPackets, on: host, of: lab) }
                    return try lab.start(.client, on: host, arguments: arguments + Self.allowed)
                }
                for host in [KernelHost.clientA, .clientB] { _ = try lab.qualifiedAddress(of: host) }
                return (lab, clients, relay)
            } catch {
                lab.close()
                throw error
            }
        }

        private func transfer(
            from: KernelHost,
            to: KernelHost,
            _ address: String,
            in lab: KernelLab,
            name: String = "sink"
        ) throws {
            let sink = try Python.start(Self.sink, on: to, of: lab, name: "\(name)-\(from)-\(to)")
            defer { sink.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { sink.lines == ["ready"] })
            let sent = try Python.run(Self.source, [address], on: from, of: lab, limit: .seconds(60))
            try #require(try lab.wait(upTo: .seconds(20)) { sink.lines.count == 2 })
            #expect(sink.lines.last == sent.first)
        }

        @Test(
            "A transfer between clients, and one with a native host, arrive whole through the kernel; counters agree",
            arguments: [KernelDataPath.Reception.ingress, .xdp]
        )
        func transfers(reception: KernelDataPath.Reception) throws {
            try Self.require()
            let (lab, clients, relay) = try lab(reception)
            defer { lab.close() }
            let word = reception == .xdp ? "XDP on eth0" : "ingress on eth0"
            #expect(clients[0].log.contains(word), "\(clients[0].log)")
            let addressB = try lab.qualifiedAddress(of: .clientB)
            try transfer(from: .clientA, to: .clientB, "\(addressB.ipv6)", in: lab)
            let statuses = try clients.map { try status(of: $0, in: lab) }
            #expect(statuses.allSatisfy { $0.dataPath == "ebpf" && $0.kernelPeers == 1 })
            // 24 MiB in packets of at most 1208 octets.
            #expect(statuses[0].counters.datagramsSent > 20_800)
            let lost = statuses[0].counters.datagramsSent - statuses[1].counters.datagramsReceived
            #expect(abs(lost) < 2000, "sent \(statuses[0].counters), received \(statuses[1].counters)")
            #expect(statuses.allSatisfy { ($0.counters.drops.values.max() ?? 0) < 20 }, "\(statuses)")
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab)
            let relayed = try status(of: relay, in: lab)
            #expect(relayed.kernelPeers == 1 && relayed.counters.datagramsReceived > 20_800, "\(relayed)")
        }

        @Test("A one-way flow goes on for longer than the 25 s after which the peer is asked for a sign of life")
        func oneWay() throws {
            try Self.require()
            let (lab, clients, _) = try lab(.ingress)
            defer { lab.close() }
            let sink = try Python.start(
                """
                import socket
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.bind(("::", 5002))
                print("ready")
                while True: print(s.recv(100).decode())
                """,
                on: .clientB,
                of: lab,
                name: "one-way"
            )
            defer { sink.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { sink.lines == ["ready"] })
            let addressB = try lab.qualifiedAddress(of: .clientB)
            let sender = """
                import socket, sys, time
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                for i in range(160):
                    s.sendto(str(i).encode(), (sys.argv[1], 5002)); time.sleep(0.2)
                """
            _ = try Python.run(sender, ["\(addressB.ipv6)"], on: .clientA, of: lab, limit: .seconds(60))
            #expect(
                try lab.wait(upTo: .seconds(20)) { sink.lines == ["ready"] + (0..<160).map(String.init) },
                "missing: \(Set((0..<160).map(String.init)).subtracting(sink.lines).sorted()), \(sink.lines.count) came"
            )
            #expect(try status(of: clients[0], in: lab).kernelPeers == 1)
        }

        @Test("A client that another interface leads to is reached through that one, also when the route changes later")
        func otherInterface() throws {
            try Self.require()
            let (lab, _, relay) = try lab(.ingress)
            defer { lab.close() }
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab)
            #expect(try status(of: relay, in: lab).kernelPeers == 1)
            let box = try lab[.box1].processIdentifier
            try lab[.relay].configure(
                """
                ip link add side type veth peer name side netns /proc/\(box)/ns/net
                ip link set side up
                nsenter --net=/proc/\(box)/ns/net ip link set side up
                nsenter --net=/proc/\(box)/ns/net sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.side.rp_filter=0
                ip route add \(KernelAddresses.box1)/32 dev side
                """
            )
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab, name: "beside")
            #expect(try status(of: relay, in: lab).kernelPeers == 1)
            #expect(relay.log.contains("ingress on side"), "\(relay.log)")
            try lab[.relay].configure("ip link set side mtu 1300")
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab, name: "narrow")
            #expect(relay.log.contains("peers behind interface side stay in userspace"), "\(relay.log)")
            #expect(try status(of: relay, in: lab).kernelPeers == 0)
            try lab[.relay].configure("ip link del side")
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab, name: "later")
            #expect(try status(of: relay, in: lab).kernelPeers == 1)
        }

        @Test(
            "What the kernel sends, peers in userspace take: they complete checksums that a virtual link left unfinished",
            arguments: [KernelDataPath.Reception.ingress, .xdp]
        )
        func peersInUserspace(reception: KernelDataPath.Reception) throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [try lab.start(.server), try lab.start(.relay)] { try lab.waitUntilServing(role) }
            if reception == .xdp { _ = try Python.run(Self.withoutSuperPackets, on: .clientA, of: lab) }
            let client = try lab.start(.client, on: .clientA, arguments: Self.arguments)
            try lab.start(.client, on: .clientB, arguments: Self.allowed)
            _ = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab)
            try transfer(from: .clientA, to: .clientB, "\(addressB.ipv6)", in: lab)
            #expect(try status(of: client, in: lab).kernelPeers == 2)
        }

        @Test("Worker threads move what the kernel does not, and the kernel gets the peers whose packets they moved")
        func workers() throws {
            try Self.require()
            let (lab, clients, relay) = try lab(.ingress, arguments: Self.arguments + ["--workers", "2"])
            defer { lab.close() }
            let addressB = try lab.qualifiedAddress(of: .clientB)
            try transfer(from: .clientA, to: .clientB, "\(addressB.ipv6)", in: lab)
            try transfer(from: .clientA, to: .native, KernelAddresses.native, in: lab)
            let peers = try (clients + [relay]).map { try status(of: $0, in: lab).kernelPeers }
            #expect(peers == [2, 1, 1])
        }

        @Test("The path ends with the program, killed or not; packets go through userspace again without it")
        func ends() throws {
            try Self.require()
            let (lab, clients, _) = try lab(.xdp)
            defer { lab.close() }
            lab.kill(clients[0])
            let links = try lab[.clientA].run(["ip", "link", "show", "eth0"])
            #expect(links.isSuccess && !links.output.contains("xdp"), "\(links.output)")
            try lab.start(.client, on: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            _ = try lab.qualifiedAddress(of: .clientA)
            try transfer(from: .clientA, to: .clientB, "\(addressB.ipv6)", in: lab)
        }

        @Test("What the path needs and does not have is an error that names it")
        func refusals() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let command = ["host-relay"] + Self.arguments
            try lab[.dualStack].configure("ip address add 198.51.100.177/32 dev eth0")
            let addresses = try lab.attempt(command, on: .dualStack)
            #expect(!addresses.isSuccess && addresses.error.contains("198.51.100.177 on eth0"), "\(addresses.error)")
            #expect(addresses.error.contains("--bind") && addresses.error.contains("--datapath userspace"))
            try lab[.dualStack].configure("ip link set eth0 mtu 1300")
            let bind = ["--bind", "\(KernelAddresses.dualStack):40000"]
            let mtu = try lab.attempt(command + bind, on: .dualStack)
            #expect(!mtu.isSuccess && mtu.error.contains("1300") && mtu.error.contains("1308"), "\(mtu.error)")
        }
    }
}
