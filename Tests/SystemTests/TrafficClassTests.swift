import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// DSCP and ECN on the wires of a real kernel (RFC 6040, RFC 2983).
    @Suite struct TrafficClassTests {
        private struct Status: Decodable {
            struct Counters: Decodable {
                struct System: Decodable { let congestionDropped: Int }

                let system: System
            }

            let counters: Counters
        }

        /// Prints the class of each packet that comes in, and that of the datagram around it.
        private static let listen = """
            import select, socket, struct
            inside = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            inside.bind(("::", 7000))
            inside.setsockopt(41, 66, 1)
            outside = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
            print("ready", flush=True)
            while True:
                for ready in select.select([inside, outside], [], [])[0]:
                    if ready is outside:
                        packet = outside.recv(65536)
                        if packet[0] == 0x45 and packet[9] == 17 and b"marked" in packet: print("outside", packet[1], flush=True)
                    else:
                        data, ancillary, _, _ = inside.recvmsg(2048, 64)
                        print("inside", struct.unpack("i", ancillary[0][2])[0], flush=True)
            """

        /// Sends ten packets of one class and length.
        private static let send = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.setsockopt(41, 67, int(sys.argv[2]))
            for i in range(10):
                s.sendto(b"marked" + bytes(int(sys.argv[3])), (sys.argv[1], 7000))
                time.sleep(0.05)
            """

        @Test(
            "RFC 6040, SEC-61: classes pass in both directions, congestion on the way too, however packets are moved",
            arguments: [[], ["--workers", "3"], ["--datapath", "ebpf"]]
        )
        func classes(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if arguments.contains("ebpf"), KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let clients = try [KernelHost.clientA, .clientB].map {
                try lab.start(.client, on: $0, arguments: arguments + ["--allow", "udp/7000"])
            }
            // Long packets meet congestion on the way.
            let table = """
                table inet congestion {
                    chain way {
                        type filter hook forward priority 0
                        meta l4proto udp meta length > 800 ip ecn set ce
                    }
                }
                """
            #expect(try lab[.internet].run(["nft", "-f", "-"], input: table).isSuccess)
            let hosts = [KernelHost.clientA, .clientB]
            let addresses = try hosts.map { "\(try lab.qualifiedAddress(of: $0).ipv6)" }
            for (from, to) in [(0, 1), (1, 0)] {
                #expect(try lab.ping(addresses[to], from: hosts[from]).isReachable)
                let listener = try Python.start(Self.listen, on: hosts[to], of: lab, name: "listen-\(from)")
                defer { listener.stop() }
                try #require(try lab.wait(upTo: .seconds(10)) { listener.lines == ["ready"] })
                func send(_ trafficClass: Int, length: Int) throws -> (outside: Set<String>, inside: [String]) {
                    let before = listener.lines.count
                    let sent = [addresses[to], "\(trafficClass)", "\(length)"]
                    _ = try Python.run(Self.send, sent, on: hosts[from], of: lab)
                    Pause.sleep(.milliseconds(300))
                    let lines = listener.lines.dropFirst(before)
                    return (Set(lines.filter { $0.hasPrefix("outside") }), lines.filter { $0.hasPrefix("inside") })
                }
                // Expedited forwarding, with and without ECN.
                for trafficClass in [0, 0xB8, 0xBA, 0x01] {
                    let (outside, inside) = try send(trafficClass, length: 100)
                    #expect(outside == ["outside \(trafficClass)"])
                    #expect(inside == [String](repeating: "inside \(trafficClass)", count: 10))
                }
                let marked = try send(0xBA, length: 900)
                #expect(marked.outside == ["outside \(0xBB)"])
                #expect(marked.inside == [String](repeating: "inside \(0xBB)", count: 10))
                let lost = try send(0xB8, length: 900)
                #expect(lost.outside == ["outside \(0xBB)"])
                #expect(lost.inside.isEmpty)
                let text = try #require(try lab.status(of: clients[to]))
                let status = try JSONDecoder().decode(Status.self, from: Data(text.utf8))
                #expect(status.counters.system.congestionDropped == 10)
            }
        }
    }
}
