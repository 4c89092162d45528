import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// The offloads on a real kernel: whatever is switched off, the same octets arrive.
    @Suite struct OffloadTests {
        /// Answers a stream with its own, and tells which datagrams came.
        private static let server = """
            import hashlib, random, socket, struct, sys
            size = int(sys.argv[1])
            data = random.Random(2).randbytes(size)
            listener = socket.create_server(("::", 7000), family=socket.AF_INET6)
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            udp.bind(("::", 7001))
            udp.settimeout(3)
            print("ready", flush=True)
            while True:
                peer, _ = listener.accept()
                got = b""
                while len(got) < size: got += peer.recv(1 << 20)
                peer.sendall(hashlib.sha256(got).digest() + data)
                count = struct.unpack("!I", peer.recv(4, socket.MSG_WAITALL))[0]
                digest = hashlib.sha256()
                try:
                    for _ in range(count):
                        datagram, origin = udp.recvfrom(70000)
                        digest.update(struct.pack("!I", len(datagram)) + datagram)
                except TimeoutError: pass
                peer.sendall(digest.digest())
                peer.close()
            """

        /// Sends a stream and datagrams, alone and as super-packets, and compares what comes back.
        private static let client = """
            import hashlib, random, socket, struct, sys, time
            address, size = sys.argv[1], int(sys.argv[2])
            mine, theirs = random.Random(1).randbytes(size), random.Random(2).randbytes(size)
            peer = socket.create_connection((address, 7000), timeout=10)
            peer.sendall(mine)
            answer = b""
            while len(answer) < 32 + size: answer += peer.recv(1 << 20)
            if answer[:32] != hashlib.sha256(mine).digest(): print("stream there differs")
            if answer[32:] != theirs: print("stream back differs")
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            udp.connect((address, 7001))
            lengths = [1, 20, 1100, 1100, 1100, 999, 7, 7, 7, 1232]
            digest = hashlib.sha256()
            sent = [random.Random(i).randbytes(n) for i, n in enumerate(lengths * 3)]
            bulk = random.Random(3).randbytes(1000 * 40 + 123)
            parts = [bulk[i:i + 1000] for i in range(0, len(bulk), 1000)]
            peer.sendall(struct.pack("!I", len(sent) + len(parts)))
            for datagram in sent: udp.send(datagram)
            udp.setsockopt(17, 103, 1000)
            udp.send(bulk)
            for datagram in sent + parts: digest.update(struct.pack("!I", len(datagram)) + datagram)
            if peer.recv(32, socket.MSG_WAITALL) != digest.digest(): print("datagrams differ")
            """

        /// What the kernel found wrong in packets that came out of the tunnel.
        private static let checksumErrors = """
            lines = open("/proc/net/snmp").read().splitlines() 
            names, values = [line.split() for line in lines if line.startswith("Tcp:")]
            tcp = int(values[names.index("InCsumErrors")])
            udp = [int(line.split()[1]) for line in open("/proc/net/snmp6") if line.startswith("Udp6InCsumErrors")]
            print(tcp + sum(udp))
            """

        @Test("Every combination of the switches carries every octet, there and back")
        func combinations() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab(nat1: .none, nat2: .none)
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let server = try Python.start(Self.server, ["300000"], on: .clientB, of: lab, name: "echo")
            defer { server.stop() }
            #expect(try lab.wait(upTo: .seconds(20)) { server.lines == ["ready"] })
            for mask in 0..<(1 << Offload.allCases.count) {
                let disabled = Set(Offload.allCases.enumerated().filter { mask & 1 << $0.offset != 0 }.map(\.element))
                // The other side has what this one has not, so that each switch is tried on and off at both ends.
                let clientA = try lab.start(.client, on: .clientA, arguments: Self.arguments(disabled))
                let clientB = try lab.start(
                    .client,
                    on: .clientB,
                    arguments: Self.arguments(Offload.all.subtracting(disabled)) + [
                        "--allow", "tcp/7000", "--allow", "udp/7001",
                    ]
                )
                _ = try lab.qualifiedAddress(of: .clientA)
                let address = try lab.qualifiedAddress(of: .clientB)
                let differences = try Python.run(Self.client, ["\(address.ipv6)", "300000"], on: .clientA, of: lab)
                let names = disabled.map(\.rawValue).sorted()
                #expect(differences == [], "switched off at A: \(names), at B: the others")
                lab.stop(clientA)
                lab.stop(clientB)
            }
            for host in [KernelHost.clientA, .clientB] {
                #expect(try Python.run(Self.checksumErrors, on: host, of: lab) == ["0"])
            }
        }

        private static func arguments(_ disabled: Set<Offload>) -> [String] {
            ["--port-mapping", "off", "--no-local-discovery"]
                + disabled.sorted { $0.rawValue < $1.rawValue }.flatMap { ["--disable-offload", $0.rawValue] }
        }

        @Test("status names the offloads in force, and an unknown one is an error that lists the right ones")
        func status() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: .none, nat2: .none)
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let client = try lab.start(.client, on: .clientA, arguments: ["--disable-offload", "all"])
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.statusText(of: client)?.contains("Offloads                : none") == true)
            let output = try lab.attempt(["client", "--server", "192.0.2.1", "--disable-offload", "gro"], on: .clientA)
            #expect(!output.isSuccess)
            #expect(output.error.contains("'gro' is not an offload; use all, tso, uso, udp-gso, udp-gro"))
        }
    }
}
