import TeredoLinux
import Testing

/// `teredo gateway`, as a user runs it.
@Suite("Gateway command")
struct GatewayCommandTests {
    private func run(_ arguments: [String]) throws -> CommandOutput {
        try CommandOutput.run([CommandTests.program] + arguments, limit: .seconds(20))
    }

    @Test(
        "misuse ends with 64 and is explained on standard error",
        arguments: [
            ([], "Missing expected argument '--address <address>'"),
            (["--address", "192.0.2.1", "--address", "192.0.2.2"], "--address: is there twice"),
            (["--address", "127.0.0.1"], "--address: 127.0.0.1 is loopback"),
            (["--address", "10.0.0.1", "--secondary-address", "10.0.0.2"], "--address: 10.0.0.1 is private"),
            (["--address", "192.0.2.1", "--secondary-address", "192.0.2.1"], "is also the primary address"),
            (["--address", "192.0.2.1", "--bind", "192.0.2.1:3544"], "--bind: 192.0.2.1:3544 belongs to the server"),
            (["--address", "192.0.2.1", "--require-authentication"], "without --secrets-file"),
            (["--address", "192.0.2.1", "--transit-peers", "0"], "--transit-peers: 0 is outside"),
        ]
    )
    func fails(arguments: [String], message: String) throws {
        let result = try run(["gateway"] + arguments)
        #expect(result.ending == .exited(64))
        #expect(result.error.contains(message), "\(result.error)")
    }

    @Test("its help has examples")
    func helps() throws {
        let result = try run(["gateway", "--help"])
        #expect(result.ending == .exited(0))
        #expect(result.output.contains("sudo teredo gateway --address 192.0.2.1 --transit"))
    }
}
