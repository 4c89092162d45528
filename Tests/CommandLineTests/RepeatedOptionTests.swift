import TeredoLinux
import TeredoSettings
import Testing

@testable import teredo

@Suite("Options that take one value and are there twice")
struct RepeatedOptionTests {
    private static func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    @Test(
        "are refused by every command, in each form, with their longest name",
        arguments: [
            (
                "gateway --address 192.0.2.1 --address=192.0.2.2",
                "--address: is there twice, '192.0.2.1' and '192.0.2.2'"
            ),
            ("gateway --address=192.0.2.1 --address=192.0.2.1", "--address: is there twice, with '192.0.2.1'"),
            ("client --server a --config x --config=y", "--config: is there twice, 'x' and 'y'"),
            ("relay --bind 192.0.2.1:3545 --mtu 1280 --bind 192.0.2.1:1", "--bind: is there twice"),
            (
                "status --control-socket /a --json --control-socket /b",
                "--control-socket: is there twice, '/a' and '/b'"
            ),
            ("ping -c 1 --count 2 ::1", "--count: is there twice, '1' and '2'"),
            ("ping -c1 -c2 ::1", "--count: is there twice, '1' and '2'"),
            ("lab --seed 1 --seed 2", "--seed: is there twice, '1' and '2'"),
            ("load --clients 1 --clients 2", "--clients: is there twice, '1' and '2'"),
            ("config show client --config /a --config /b", "--config: is there twice, '/a' and '/b'"),
            ("run --interface a --interface b -- true", "--interface: is there twice, 'a' and 'b'"),
        ]
    )
    func refused(line: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try RepeatedOption.refuse(in: Self.words(line)) }
        #expect("\(error)".hasPrefix(message) && "\(error)".hasSuffix("; give it once"), "\(error)")
        let output = try CommandOutput.run([CommandTests.program] + Self.words(line), limit: .seconds(20))
        #expect(output.ending == .exited(64) && output.error.hasPrefix("Error: \(error)"), "\(output)")
    }

    @Test(
        "lists, flags without a value, and what belongs to another program may be repeated",
        arguments: [
            "client --server a --server b --no-strict --strict", "status --json --json",
            "run --server a -- ping -c 1 -c 2", "run -- teredo status --control-socket a --control-socket b",
            "client --server a --allow tcp/22 --allow=udp/53", "client --server --server", "",
        ]
    )
    func repeated(line: String) throws { try RepeatedOption.refuse(in: Self.words(line)) }
}
