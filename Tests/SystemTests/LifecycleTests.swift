import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Beginnings and ends of the roles, and what they say when they cannot begin.
    @Suite struct LifecycleTests {
        @Test(
            "ended with SIGTERM or SIGKILL, a role leaves nothing in the way of its next start",
            arguments: LabRole.allCases
        )
        func restart(role: LabRole) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            if role != .server, role != .gateway { try lab.waitUntilServing(try lab.start(.server)) }
            for isKilled in [false, true, false] {
                let running = try lab.start(role)
                try lab.waitUntilServing(running)
                let socket = try #require(running.controlSocket)
                if role == .client { _ = try lab.qualifiedAddress(of: .clientA) }
                try #require(try lab.status(of: running) != nil, "status answers: \(running.log)")
                let isTunnel = role != .server
                #expect(try links(running.host, lab).contains("teredo:") == isTunnel)
                if isKilled {
                    lab.kill(running)
                } else {
                    #expect(lab.stop(running) == .exited(0), "\(running.log)")
                    #expect(!FileManager.default.fileExists(atPath: socket), "the control socket is gone")
                }
                #expect(try !links(running.host, lab).contains("teredo:"), "the interface is gone")
                let routes = try lab[running.host].run(["ip", "-6", "route"]).output
                #expect(!routes.contains("teredo") && !routes.contains("2001::/32"), "the routes are gone: \(routes)")
            }
        }

        @Test("without the capability that it needs, a role says which one and what to do", arguments: LabRole.allCases)
        func withoutCapabilities(role: LabRole) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let drop = ["setpriv", "--bounding-set=-net_admin,-net_raw", "--inh-caps=-net_admin,-net_raw"]
            let output = try lab[lab.usualHost(of: role)].run(
                drop + lab.command(of: role, socket: "\(lab.directory)/x.sock")
            )
            #expect(output.ending == .exited(1), "\(output)")
            #expect(output.error.contains(role == .server ? "CAP_NET_RAW" : "CAP_NET_ADMIN"), "\(output.error)")
            #expect(output.error.contains("sudo"), "it names a command that would work: \(output.error)")
        }

        @Test(
            "bad usage ends with status 64 and says what was wrong",
            arguments: [
                ["client"], ["client", "--server"], ["client", "--server", "192.0.2.1", "--bind", "nonsense"],
                ["client", "--server", "192.0.2.1", "--refresh-interval", "0"], ["server"],
                ["server", "--address", "192.0.2"], ["relay", "--bind", "192.0.2.1"],
                ["relay", "--bind", "192.0.2.1:99999"], ["host-relay", "--unknown"], ["nonsense"],
                ["address", "--shar"],
                ["lab", "--nat1", "nonsense"], ["lab", "--loss", "101"], ["lab", "--scenario", "nonsense"],
            ]
        )
        func usage(arguments: [String]) throws {
            let output = try CommandOutput.run([SystemTest.binary] + arguments, limit: .seconds(10))
            #expect(output.ending == .exited(64), "\(output)")
            #expect(output.error.contains("Error"), "\(output.error)")
        }

        @Test("a busy port, a busy interface and a foreign address are named, and nothing is left behind")
        func conflicts() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            let relay = try lab.start(.relay)
            for role in [server, relay] { try lab.waitUntilServing(role) }

            let made = "\(lab.directory)/made"
            let foreign = try lab.attempt(
                ["server", "--address", "192.0.2.77", "--control-socket", "\(made)/deep/x.sock"],
                on: .server
            )
            #expect(!FileManager.default.fileExists(atPath: made), "the folders that were made are gone")
            #expect(foreign.ending == .exited(1))
            #expect(
                foreign.error.contains("192.0.2.77") && foreign.error.contains(KernelAddresses.server),
                "\(foreign.error)"
            )

            let address = ["server", "--address", KernelAddresses.server]
            let busyPort = try lab.attempt(address, on: .server)
            #expect(busyPort.ending == .exited(1))
            #expect(busyPort.error.contains("3544"), "\(busyPort.error)")

            let busyInterface = try lab.attempt(["relay", "--bind", "\(KernelAddresses.relay):40001"], on: .relay)
            #expect(busyInterface.ending == .exited(1))
            #expect(busyInterface.error.contains("teredo"), "\(busyInterface.error)")

            let busyBoth = ["relay", "--bind", "\(KernelAddresses.relay):\(KernelLab.relayPort)", "--interface", "t2"]
            let busyEndpoint = try lab.attempt(busyBoth, on: .relay)
            #expect(busyEndpoint.ending == .exited(1))
            #expect(busyEndpoint.error.contains("\(KernelLab.relayPort)"), "\(busyEndpoint.error)")
            #expect(try !links(.relay, lab).contains("t2:"), "the interface of the failed start is gone")

            let secondRelay = ["relay", "--bind", "\(KernelAddresses.relay):40001", "--interface", "t2"]
            let busyRoute = try lab.attempt(secondRelay, on: .relay)
            #expect(busyRoute.ending == .exited(1))
            #expect(busyRoute.error.contains("2001::/32"), "\(busyRoute.error)")
            #expect(try lab[.relay].run(["ip", "-6", "route"]).output.contains("2001::/32 dev teredo"))

            let socket = try #require(relay.controlSocket)
            let sameSocket = ["host-relay", "--interface", "t3", "--control-socket", socket]
            let busySocket = try lab.attempt(sameSocket, on: .dualStack)
            #expect(busySocket.ending == .exited(1))
            #expect(busySocket.error.contains(socket), "\(busySocket.error)")

            for role in [server, relay] {
                #expect(try lab.status(of: role) != nil, "the running \(role.role.rawValue) is unharmed")
            }
        }

        private func links(_ host: KernelHost, _ lab: KernelLab) throws -> String {
            try lab[host].run(["ip", "-o", "link"]).output
        }
    }
}
