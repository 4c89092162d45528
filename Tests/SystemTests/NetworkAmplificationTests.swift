import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What a network gets from roles because others name its addresses.
    @Suite struct NetworkAmplificationTests {
        /// Names the 256 addresses of a network in turn as servers of random clients, 20 times a second; prints how many octets it sent in
        /// the first 30 s and in those after that.
        private static let native = """
            import os, random, socket, struct, sys, time
            net, end, octets, begin, number = socket.inet_aton(sys.argv[1])[:3], float(sys.argv[2]), [0, 0], time.monotonic(), 0
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            while (now := time.monotonic() - begin) < end:
                client = bytes(b ^ 255 for b in struct.pack("!HI", random.randrange(1024, 65536), 0x08000000 | random.getrandbits(24)))
                address = b"\\x20\\1\\0\\0" + net + bytes([1 + number % 254]) + b"\\0\\0" + client
                s.sendto(b"x" * 8, (socket.inet_ntop(socket.AF_INET6, address), 9))
                octets[now >= 30] += 56
                number += 1
                time.sleep(max(0, begin + number / 20 - time.monotonic()))
            print(*octets)
            """

        /// The same in bubbles to a client through its server, whose senders are in the network too.
        private static let peers = """
            import os, random, socket, struct, sys, time
            def sum16(b):
                t = sum(struct.unpack("!%dH" % (len(b) // 2), b))
                while t >> 16: t = (t & 65535) + (t >> 16)
                return ~t & 65535
            net, end, octets, begin, number = socket.inet_aton(sys.argv[1])[:3], float(sys.argv[2]), [0, 0], time.monotonic(), 0
            server, client = socket.inet_aton(sys.argv[3]), socket.inet_pton(socket.AF_INET6, sys.argv[4])
            s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            while (now := time.monotonic() - begin) < end:
                source, port = net + bytes([1 + number * 7 % 254]), random.randrange(1024, 65536)
                place = bytes(b ^ 255 for b in struct.pack("!H", port) + source)
                own = b"\\x20\\1\\0\\0" + net + bytes([1 + number % 254]) + b"\\0\\0" + place
                data = bytes([96, 0, 0, 0, 0, 0, 59, 255]) + own + client + b"\\1\\4" + os.urandom(4)
                udp = struct.pack("!HHHH", port, 3544, 8 + len(data), 0) + data
                ip = struct.pack("!BBHHHBBH4s4s", 69, 0, 20 + len(udp), random.getrandbits(16), 0, 64, 17, 0, source, server)
                packet = ip[:10] + struct.pack("!H", sum16(ip)) + ip[12:] + udp
                s.sendto(packet, (socket.inet_ntoa(server), 0))
                octets[now >= 30] += len(packet)
                number += 1
                time.sleep(max(0, begin + number / 20 - time.monotonic()))
            print(*octets)
            """

        /// Prints how many octets went to the network whose counter has that name.
        private static func octets(to name: String, _ lab: KernelLab) throws -> Int {
            let output = try lab[.internet].run(["nft", "list", "counter", "inet", "third", name]).output
            let words = output.split { $0.isWhitespace }
            let place = try #require(words.firstIndex(of: "bytes"), "\(output)")
            return try #require(Int(words[place + 1]))
        }

        @Test(
            "SEC-33, SEC-44: a network whose addresses others name gets at most 1.5 of their octets from a relay and from a client, after 30 s",
            arguments: [[], ["--workers", "2"], ["--datapath", "ebpf"]]
        )
        func network(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if arguments.contains("ebpf"), KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab[.internet].configure(
                """
                ip link add third type veth peer name third-end
                ip link set third up
                ip route add 45.45.44.0/23 dev third
                """
            )
            let networks = ["servers": "45.45.44.0", "both": "45.45.45.0"]
            var rules = "table inet third {\n"
            for name in networks.keys.sorted() { rules += "counter \(name) { }\n" }
            rules += "chain forward { type filter hook forward priority 0\n"
            for (name, network) in networks { rules += "ip daddr \(network)/24 counter name \(name) drop\n" }
            try lab.load(rules: rules + "}\n}\n", on: .internet)
            for role in [LabRole.server, .relay] {
                try lab.waitUntilServing(try lab.start(role, arguments: role == .relay ? arguments : []))
            }
            try lab.start(.client, on: .clientA, arguments: arguments)
            let address = "\(try lab.qualifiedAddress(of: .clientA))"
            let strangers = [
                "servers": try Python.start(
                    Self.native,
                    ["45.45.44.0", "50"],
                    on: .native,
                    of: lab,
                    name: "native"
                ),
                "both": try Python.start(
                    Self.peers,
                    ["45.45.45.0", "50", KernelAddresses.server, address],
                    on: .internet,
                    of: lab,
                    name: "peers"
                ),
            ]
            defer { for stranger in strangers.values { stranger.stop() } }
            Pause.sleep(.seconds(30))
            let before = try networks.keys.map { ($0, try Self.octets(to: $0, lab)) }
            try #require(try lab.wait(upTo: .seconds(40)) { strangers.values.allSatisfy { !$0.lines.isEmpty } })
            for (name, first) in before {
                let sent = try #require(strangers[name]?.lines.first).split(separator: " ").compactMap { Int($0) }
                let factor = Double(try Self.octets(to: name, lab) - first) / Double(sent[1])
                print("    \(name) \(arguments): \(factor)")
                #expect(factor <= 1.5 && factor > 0.3, "\(name): \(factor) of what was sent")
            }
        }
    }
}
