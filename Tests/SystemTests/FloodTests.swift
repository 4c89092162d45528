import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What floods do to our roles.
    @Suite struct FloodTests {
        @Test(
            "SEC-31: 400,000 packets to random Teredo addresses leave the relay's memory within bounds (Miredo: 514 MB)"
        )
        func randomDestinations() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let (lab, addressA, _) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
            let relay = try #require(lab.roles.first { $0.role == .relay })
            let before = lab.residentMemory(of: relay)
            let flood = """
                import random, socket, struct
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                r = random.Random(4380)
                prefix = socket.inet_pton(socket.AF_INET6, "2001:0:c000:201::")[:8]
                for i in range(400000):
                    address = prefix + struct.pack("!Q", r.getrandbits(64))
                    try: s.sendto(bytes(1000), (socket.inet_ntop(socket.AF_INET6, address), 9))
                    except OSError: pass
                """
            _ = try Python.run(flood, on: .native, of: lab, limit: .seconds(90))
            let after = lab.residentMemory(of: relay)
            try #require(before > 0 && after > 0)
            #expect(after - before < 65_536, "VmRSS grew from \(before) to \(after) KiB")
            #expect(try lab.ping("\(addressA)", from: .native).isReachable, "an established peer keeps working")
        }

        @Test("SEC-40: a flood of solicitations from one source is answered at a bounded rate")
        func solicitations() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let flood = """
                import os, socket, sys, time
                def checksum(data):
                    t = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
                    while t >> 16: t = (t & 65535) + (t >> 16)
                    return 65535 - t
                source = socket.inet_pton(socket.AF_INET6, "fe80::ffff:ffff:fffd")
                target = socket.inet_pton(socket.AF_INET6, "ff02::2")
                icmp = bytearray([133, 0, 0, 0, 0, 0, 0, 0])
                icmp[2:4] = checksum(source + target + (8).to_bytes(4, "big") + (58).to_bytes(4, "big") + icmp).to_bytes(2, "big")
                header = bytes([0x60, 0, 0, 0, 0, 8, 58, 255])
                def solicitation(): return b"\\0\\1\\0\\0" + os.urandom(8) + b"\\0" + header + source + target + bytes(icmp)
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                s.setblocking(False)
                answers, end = 0, time.monotonic() + 3
                while time.monotonic() < end:
                    for _ in range(20): s.sendto(solicitation(), (sys.argv[1], 3544))
                    try:
                        while True:
                            s.recv(2000)
                            answers += 1
                    except BlockingIOError: pass
                    time.sleep(0.001)
                print(answers)
                """
            let lines = try Python.run(flood, [KernelAddresses.server], on: .dualStack, of: lab)
            let answers = try #require(lines.first.flatMap { Int($0) })
            #expect(answers > 0, "the first ones are answered")
            #expect(answers < 300, "\(answers) answers in 3 s")
            // Another source is not punished for it.
            try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA, limit: .seconds(5))
        }
    }
}
