import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Several threads that move packets: everything works as with one.
    @Suite struct WorkerTests {
        private struct Facts: Decodable {
            struct Counters: Decodable {
                let datagramsReceived: UInt64
                let datagramsSent: UInt64
            }

            let workers: Int
            let counters: Counters
        }

        /// Sixteen streams at once, each of its own content, and how many came back right.
        private static let streams = """
            import hashlib, random, socket, sys, threading
            address, size, count = sys.argv[1], int(sys.argv[2]), 16
            good = []
            def run(number):
                data = random.Random(number).randbytes(size)
                with socket.create_connection((address, 7000), timeout=10) as peer:
                    def send():
                        peer.sendall(data)
                        peer.shutdown(socket.SHUT_WR)
                    sender = threading.Thread(target=send)
                    sender.start()
                    back = b""
                    while True:
                        part = peer.recv(1 << 20)
                        if not part: break
                        back += part
                    sender.join()
                    if back == data: good.append(number)
            threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(len(good))
            """

        private static let echo = """
            import socket, threading
            listener = socket.create_server(("::", 7000), family=socket.AF_INET6, backlog=64)
            print("ready", flush=True)
            def serve(peer):
                with peer:
                    while True:
                        part = peer.recv(1 << 20)
                        if not part: break
                        peer.sendall(part)
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=serve, args=(peer,)).start()
            """

        @Test("sixteen streams at once, client to client and client to native, through roles of three threads each")
        func streams() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let workers = ["--workers", "3"]
            let server = try lab.start(.server, arguments: workers)
            let relay = try lab.start(.relay, arguments: workers)
            for role in [server, relay] { try lab.waitUntilServing(role) }
            let clients = try [KernelHost.clientA, .clientB].map {
                try lab.start(.client, on: $0, arguments: workers + ["--allow", "tcp/7000"])
            }
            _ = try lab.qualifiedAddress(of: .clientA)
            let peer = try lab.qualifiedAddress(of: .clientB)
            for (host, address) in [(KernelHost.clientB, "\(peer.ipv6)"), (.native, KernelAddresses.native)] {
                let echo = try Python.start(Self.echo, on: host, of: lab, name: "echo-\(host)")
                defer { echo.stop() }
                #expect(try lab.wait(upTo: .seconds(20)) { echo.lines == ["ready"] })
                let good = try Python.run(
                    Self.streams,
                    [address, "200000"],
                    on: .clientA,
                    of: lab,
                    limit: .seconds(60)
                )
                #expect(good == ["16"], "towards \(host)")
            }
            for role in [relay] + clients {
                let text = try #require(try lab.status(of: role))
                let facts = try JSONDecoder().decode(Facts.self, from: Data(text.utf8))
                #expect(facts.workers == 3)
                // 16 streams of 200,000 octets each way are at least 2,600 packets of 1,220: threads count what they move.
                #expect(facts.counters.datagramsReceived > 2600 && facts.counters.datagramsSent > 2600)
            }
            for role in [server, relay] + clients { #expect(lab.stop(role) == .exited(0), "\(role.log)") }
        }

        @Test("streams reach a client before and after its network changes, while threads move its packets")
        func networkChange() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server, arguments: ["--workers", "2"]))
            for host in [KernelHost.clientA, .clientB] {
                try lab.start(.client, on: host, arguments: ["--workers", "2", "--allow", "tcp/7000"])
            }
            _ = try lab.qualifiedAddress(of: .clientA)
            let echo = try Python.start(Self.echo, on: .clientB, of: lab, name: "echo")
            defer { echo.stop() }
            #expect(try lab.wait(upTo: .seconds(20)) { echo.lines == ["ready"] })
            for host in [nil, 77] {
                if let host {
                    try lab.setAddress(of: .clientB, isPublic: false, last: host)
                    // The old address goes away before the new one can be assigned.
                    Pause.sleep(.seconds(2))
                }
                let address = try lab.qualifiedAddress(of: .clientB).ipv6
                let good = try Python.run(
                    Self.streams,
                    ["\(address)", "100000"],
                    on: .clientA,
                    of: lab,
                    limit: .seconds(60)
                )
                #expect(good == ["16"], "after a change: \(host != nil)")
            }
        }

        @Test("numbers of threads that cannot be are refused", arguments: ["0", "65"])
        func refused(count: String) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let output = try lab.attempt(["client", "--server", "192.0.2.1", "--workers", count], on: .clientA)
            #expect(!output.isSuccess)
            #expect(output.error.contains("--workers: \(count) is outside 1 to 64"))
        }
    }
}
