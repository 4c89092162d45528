import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// ICMP errors that nobody had to send, about datagrams of a role and about packets of its host.
    @Suite struct ForgedErrorTests {
        /// Says, in the name of a router, about a datagram from one endpoint to another that it is too long for 68 octets.
        private static let tooLong = """
            import random, socket, struct, sys
            def sum16(b):
                t = sum(struct.unpack("!%dH" % (len(b) // 2), b))
                while t >> 16: t = (t & 65535) + (t >> 16)
                return ~t & 65535
            def header(source, destination, number, length):
                h = struct.pack("!BBHHHBBH4s4s", 69, 0, 20 + length, random.getrandbits(16), 0, 64, number, 0,
                                socket.inet_aton(source), socket.inet_aton(destination))
                return h[:10] + struct.pack("!H", sum16(h)) + h[12:]
            source, source_port, destination, port = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
            s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            for size in (68, 552, 1000):
                quoted = header(source, destination, 17, 1288) + struct.pack("!HHHH", source_port, port, 1288, 0) + bytes(40)
                message = struct.pack("!BBHHH", 3, 4, 0, 0, size) + quoted
                message = message[:2] + struct.pack("!H", sum16(message)) + message[4:]
                s.sendto(header("192.0.2.254", source, 1, len(message)) + message, (source, 0))
            """

        /// Prints how many fragments this host has made of IPv4 datagrams.
        private static let fragments = """
            lines = [l.split() for l in open("/proc/net/snmp") if l.startswith("Ip:")]
            print(lines[1][lines[0].index("FragCreates")])
            """

        @Test(
            "SEC-38: nobody has a role's datagrams fragmented by saying that they are too long",
            arguments: [KernelHost.relay, .clientA]
        )
        func tooLong(victim: KernelHost) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let (lab, addressA, _) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
            func fragments() throws -> [String] { try Python.run(Self.fragments, on: victim, of: lab) }
            let before = try fragments()
            let relay = [KernelAddresses.relay, "\(KernelLab.relayPort)"]
            let client = ["\(addressA.mappedEndpoint.address)", "\(addressA.mappedEndpoint.port)"]
            let ends = victim == .relay ? relay + client : client + relay
            _ = try Python.run(Self.tooLong, ends, on: .internet, of: lab)
            let host = victim == .relay ? KernelHost.native : .clientA
            let target = victim == .relay ? "\(addressA)" : KernelAddresses.native
            let ping = try lab[host].run(["ping", "-6", "-c", "3", "-i", "0.2", "-s", "1200", target])
            #expect(ping.output.contains(" 3 received"), "\(ping)")
            #expect(try fragments() == before)
        }
    }
}
