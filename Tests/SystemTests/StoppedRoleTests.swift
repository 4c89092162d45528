import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What comes in when one of the two processes of a role is stopped and one is killed.
    @Suite struct StoppedRoleTests {
        /// Whatever moves the packets of a client.
        enum Mover: CaseIterable {
            case oneThread
            case threeThreads
            case kernelIngress
            case kernelXDP

            var arguments: [String] {
                switch self {
                case .oneThread: []
                case .threeThreads: ["--workers", "3"]
                case .kernelIngress, .kernelXDP: ["--datapath", "ebpf"]
                }
            }

            var isKernel: Bool { arguments.contains("ebpf") }
        }

        /// Prints what comes to a port that nobody was allowed to reach.
        private static let listener = """
            import socket
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind(("::", 3074))
            print("ready")
            while True: print(s.recv(100).decode())
            """
        /// Knocks there, a thousand times a second.
        private static let knocks = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            n = 0
            while True:
                try: s.sendto(b"knock %d" % n, (sys.argv[1], 3074))
                except OSError: pass
                n += 1; time.sleep(0.001)
            """

        /// A client at whose closed port a native host knocks, with what moves its packets at work.
        private static func withKnocks(
            _ mover: Mover,
            _ body: (KernelLab, RunningRole, _ changer: Int32) throws -> Void
        ) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if mover.isKernel, KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            if mover == .kernelXDP { _ = try Python.run(DataPathTests.withoutSuperPackets, on: .clientA, of: lab) }
            let client = try lab.start(.client, arguments: mover.arguments)
            let address = try lab.qualifiedAddress(of: .clientA)
            let listener = try Python.start(Self.listener, on: .clientA, of: lab, name: "listener")
            defer { listener.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { listener.lines == ["ready"] })
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            let knocks = try Python.start(Self.knocks, ["\(address.ipv6)"], on: .native, of: lab, name: "knocks")
            defer { knocks.stop() }
            // They come to the host, on the way that is to be tried, and the filter refuses them.
            let socket = try #require(client.controlSocket)
            func status() throws -> String {
                try lab[.clientA].run([SystemTest.binary, "status", "--json", "--control-socket", socket]).output
            }
            var text = ""
            let isRefused = try lab.wait(upTo: .seconds(20)) {
                text = try status()
                let isCarried = !mover.isKernel || text.contains("\"kernelPeers\" : 1")
                guard isCarried else { return false }
                return try lab.statusText(of: client)?.contains("Refused ") == true
            }
            try #require(isRefused, "\(text) \(client.log)")
            try #require(listener.lines == ["ready"], "\(listener.lines.prefix(5))")
            let changer = try #require(try HookPrivilegeTests.helper(of: client, named: "teredo-host"))
            try body(lab, client, changer)
            Pause.sleep(.milliseconds(500))
            #expect(listener.lines == ["ready"], "\(listener.lines.count - 1) came: \(listener.lines.prefix(5))")
        }

        private static func kill(_ signal: String, _ process: Int32) throws {
            let output = try CommandOutput.run(["kill", "-\(signal)", "\(process)"], limit: .seconds(5))
            try #require(output.isSuccess, "\(output)")
        }

        @Test(
            "SEC-17: nothing comes in while a role is stopped whose second process is killed, nor when it goes on",
            arguments: Mover.allCases
        )
        func stoppedRole(mover: Mover) throws {
            try Self.withKnocks(mover) { lab, client, changer in
                try Self.kill("STOP", client.process.processIdentifier)
                // What waits for it then.
                Pause.sleep(.milliseconds(300))
                try Self.kill("KILL", changer)
                Pause.sleep(.milliseconds(700))
                try Self.kill("CONT", client.process.processIdentifier)
                #expect(client.process.wait(limit: .seconds(20)) == .exited(1), "\(client.log)")
            }
        }

        @Test(
            "SEC-17: nothing comes in when the process that made the filter is killed while the role works",
            arguments: Mover.allCases
        )
        func killedChanger(mover: Mover) throws {
            try Self.withKnocks(mover) { lab, client, changer in
                try Self.kill("KILL", changer)
                #expect(client.process.wait(limit: .seconds(20)) == .exited(1), "\(client.log)")
            }
        }

        @Test(
            "SEC-17: nothing comes in, and nothing stays, when a role is killed and what holds filter and programs is stopped",
            arguments: [Mover.kernelIngress, .kernelXDP]
        )
        func stoppedChanger(mover: Mover) throws {
            try Self.withKnocks(mover) { lab, client, changer in
                try Self.kill("STOP", changer)
                lab.kill(client)
                Pause.sleep(.milliseconds(500))
                #expect(try !lab[.clientA].run(["ip", "-o", "link"]).output.contains("teredo"))
                try Self.kill("CONT", changer)
                #expect(try lab.wait(upTo: .seconds(10)) { !HookPrivilegeTests.isRunning(changer) })
                #expect(try !lab[.clientA].run(["ip", "link", "show", "eth0"]).output.contains("xdp"))
                // The next one finds nothing in its way.
                let next = try lab.start(.client, arguments: mover.arguments)
                _ = try lab.qualifiedAddress(of: .clientA)
                #expect(lab.stop(next) == .exited(0), "\(next.log)")
            }
        }
    }
}
