import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// The packets that wait while the path is made.
    @Suite struct FirstPacketsTests {
        private static let receiver = """
            import socket, sys
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind(("::", 7000))
            print("ready")
            s.settimeout(12)
            try:
                for _ in range(20): print(s.recv(2000)[:4].decode())
            except socket.timeout: pass
            """
        private static let sender = """
            import socket, sys
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            for i in range(20): s.sendto(b"%04d" % i + bytes(600), (sys.argv[1], 7000))
            """

        @Test("twenty datagrams sent at once to a fresh peer all arrive, in order (Miredo: eleven, reversed)")
        func inOrder() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let (lab, addressA, addressB) = try SystemTest.runningLab(clientArguments: ["--allow", "udp/7000"])
            defer { lab.close() }
            let directions: [(KernelHost, KernelHost, String)] = [
                (.clientA, .clientB, "\(addressB)"), (.native, .clientA, "\(addressA)"),
                (.clientB, .native, KernelAddresses.native),
            ]
            for (from, to, address) in directions {
                let receiver = try Python.start(Self.receiver, on: to, of: lab, name: "receiver-\(to.rawValue)")
                defer { receiver.stop() }
                #expect(try lab.wait(upTo: .seconds(10)) { receiver.lines.first == "ready" })
                _ = try Python.run(Self.sender, [address], on: from, of: lab)
                _ = receiver.process.wait(limit: .seconds(15))
                let expected = (0..<20).map { $0 < 10 ? "000\($0)" : "00\($0)" }
                #expect(Array(receiver.lines.dropFirst()) == expected, "\(from.rawValue) -> \(to.rawValue)")
            }
        }
    }
}
