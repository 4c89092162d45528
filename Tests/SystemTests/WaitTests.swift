import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// What `teredo wait` makes of real roles.
    @Suite struct WaitTests {
        @Test(
            "a client that is not started, or has no server, is waited for in vain with the reason, and then until it has an address"
        )
        func client() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let socket = "\(lab.directory)/client-a-client.sock"
            func wait(_ seconds: String) throws -> CommandOutput {
                let command = [SystemTest.binary, "wait", "--timeout", seconds, "--control-socket", socket]
                return try CommandOutput.run(command, limit: .seconds(90))
            }
            let absent = try wait("0.5")
            #expect(absent.ending == .exited(1) && absent.output.isEmpty, "\(absent)")
            #expect(absent.error.contains("not ready within 0.5 s: ") && absent.error.contains(socket), "\(absent)")
            let running = try lab.start(.client, on: .clientA)
            #expect(running.controlSocket == socket)
            try lab.waitUntilServing(running)
            let status = [SystemTest.binary, "status", "--control-socket", socket]
            #expect(
                try CommandOutput.run(status, limit: .seconds(5)).ending == .exited(3),
                "it runs, and has no address"
            )
            let alone = try wait("0.5")
            #expect(alone.ending == .exited(1) && alone.output.isEmpty, "\(alone)")
            #expect(alone.error.contains("the client is "), "\(alone)")
            try lab.waitUntilServing(try lab.start(.server))
            let ready = try wait("80")
            #expect(ready.isSuccess, "\(ready)")
            #expect(ready.output == "\(try lab.qualifiedAddress(of: .clientA))\n")
            for arguments in [[], ["--json"]] {
                #expect(try CommandOutput.run(status + arguments, limit: .seconds(5)).isSuccess)
            }
        }
    }
}
