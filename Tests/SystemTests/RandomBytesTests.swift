import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Noise on every way into our roles.
    @Suite struct RandomBytesTests {
        /// Datagrams from a seeded generator: noise, and Teredo packets with noise in them.
        private static let datagrams = """
            import random, socket, sys, time
            r = random.Random(int(sys.argv[1]))
            targets = [(t.rsplit(":", 1)[0], int(t.rsplit(":", 1)[1])) for t in sys.argv[2:]]
            def packet():
                n = r.choice([0, 1, 8, 13, 21, 40, 48, 61, 100, 1280, r.randrange(9000)])
                p = bytearray(r.randbytes(n))
                shape = r.randrange(4)
                if n >= 40 and shape: p[0:8] = bytes([0x60, 0, 0, 0]) + (n - 40).to_bytes(2, "big") + bytes([r.choice([58, 59, 17]), 255])
                if n >= 48 and shape == 2: p[8:24] = socket.inet_pton(socket.AF_INET6, "fe80::1"); p[40] = r.choice([128, 129, 133, 134])
                head = r.choice([b"", b"\\0\\0" + r.randbytes(6), b"\\0\\1\\0\\0" + r.randbytes(9), b"\\0\\1" + r.randbytes(12)])
                return head + bytes(p)
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sent, end = 0, time.monotonic() + 10
            while time.monotonic() < end:
                for target in targets:
                    try: sock.sendto(packet(), target); sent += 1
                    except OSError: pass
                time.sleep(0.0005)
            print(sent)
            """
        /// Octets that the host's own stack would never send, written into the tunnel interface from its other side.
        private static let tunnel = """
            import random, socket, sys, time
            r = random.Random(int(sys.argv[1]))
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            source, target = (socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[2:4])
            sent, end = 0, time.monotonic() + 10
            while time.monotonic() < end:
                n = r.choice([1, 20, 39, 40, 41, 48, 1280, r.randrange(1, 1281)])
                p = bytearray(r.randbytes(n))
                shape = r.randrange(4)
                if n >= 40 and shape:
                    p[0] = 0x60
                    if shape > 1: p[4:6] = (n - 40).to_bytes(2, "big")
                    if shape > 2: p[8:24] = source; p[24:40] = target
                try: s.sendto(bytes(p), ("teredo", 0x86dd)); sent += 1
                except OSError: pass
                time.sleep(0.0005)
            print(sent)
            """
        /// Noise for control sockets: short, long without an end, and half a request.
        private static let control = """
            import random, socket, sys, time
            r = random.Random(int(sys.argv[1]))
            done, end = 0, time.monotonic() + 10
            while time.monotonic() < end:
                for path in sys.argv[2:]:
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    s.settimeout(0.05)
                    try:
                        s.connect(path)
                        s.send(r.choice([r.randbytes(r.randrange(1, 300)), r.randbytes(100000), b'{"version":1,', b"\\n" * 50, b"{}\\n"]))
                        s.recv(100)
                        done += 1
                    except OSError: pass
                    s.close()
            print(done)
            """

        @Test(
            "SEC-37: ten seconds of random bytes on every socket and interface leave every role serving, its memory bounded"
        )
        func everySocket() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            // Without NAT the clients' ports can be reached from outside.
            let (lab, addressA, addressB) = try SystemTest.runningLab(nat1: .none)
            defer { lab.close() }
            let hostRelay = try lab.start(.hostRelay)
            try lab.waitUntilServing(hostRelay)
            let before = lab.roles.map { lab.residentMemory(of: $0) }
            let targets = [
                "\(KernelAddresses.server):3544", "\(KernelAddresses.secondaryServer):3544",
                "\(KernelAddresses.relay):\(KernelLab.relayPort)", "\(addressA.mappedEndpoint)",
                "\(KernelAddresses.dualStack):\(KernelLab.relayPort)",
                "\(addressA.mappedEndpoint.address):3544",
            ]
            var noise = [
                try Python.start(Self.datagrams, ["1"] + targets, on: .internet, of: lab, name: "noise-datagrams"),
                try Python.start(
                    Self.control,
                    ["2"] + lab.roles.compactMap(\.controlSocket),
                    on: .internet,
                    of: lab,
                    name: "noise-control"
                ),
            ]
            for (host, source) in [(KernelHost.clientA, "\(addressA)"), (.relay, KernelAddresses.native)] {
                let arguments = ["3", source, "\(addressB)"]
                noise.append(
                    try Python.start(Self.tunnel, arguments, on: host, of: lab, name: "noise-tunnel-\(host.rawValue)")
                )
            }
            for program in noise { _ = program.process.wait(limit: .seconds(30)) }
            for program in noise {
                let count = program.lines.first.flatMap { Int($0) } ?? 0
                #expect(count > 100, "the noise was made: \(program.lines)")
            }
            // Client B, behind its NAT, is the one that no noise reaches.
            for (index, role) in lab.roles.enumerated() where role.host != .clientB {
                try #require(role.process.poll() == nil, "\(role.role.rawValue) died: \(role.log.suffix(2000))")
                let drops = try drops(of: role, lab)
                #expect(drops > 1000, "\(role.role.rawValue) on \(role.host.rawValue) counted \(drops) drops")
                let after = lab.residentMemory(of: role)
                #expect(after - before[index] < 65_536, "\(role.role.rawValue): \(before[index]) to \(after) KiB")
            }
            // Error limits that the noise has used up recover within seconds.
            Pause.sleep(.seconds(3))
            let isServing = try lab.wait(upTo: .seconds(20)) {
                try lab.ping("\(addressA)", from: .native).isReachable
                    && lab.ping("\(addressB)", from: .clientA).isReachable
                    && lab.ping(KernelAddresses.dualStackIPv6, from: .clientB).isReachable
            }
            #expect(isServing, "the service answers afterwards")
        }

        /// How many datagrams and packets a role has dropped, as its status says.
        private func drops(of role: RunningRole, _ lab: KernelLab) throws -> Int {
            struct Status: Decodable {
                struct Counters: Decodable { let drops: [String: Int] }
                let counters: Counters
            }
            let text = try #require(try lab.status(of: role), "\(role.role.rawValue) answers")
            return try JSONDecoder().decode(Status.self, from: Data(text.utf8)).counters.drops.values.reduce(0, +)
        }
    }
}
