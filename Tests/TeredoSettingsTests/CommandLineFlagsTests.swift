import TeredoSettings
import Testing

@Suite("Flags of settings on a command line")
struct CommandLineFlagsTests {
    private static let words = [
        "--server", "192.0.2.1", "--server=a.example", "--no-strict", "--strict", "--workers=2", "--config", "x.yaml",
        "--workers", "3", "--json", "--", "--workers=9",
    ]

    @Test("each flag gives the values that the parser takes, the last of one that takes one")
    func values() {
        let values = CommandLineFlags(Self.words, role: .client).values(for: .client)
        #expect(values == ["server": ["192.0.2.1", "a.example"], "strict": ["true"], "workers": ["3"]])
    }

    @Test("flags are taken out with their values, and all else stays in its order")
    func leavesOut() {
        let flags = CommandLineFlags(Self.words, role: .client)
        #expect(flags.words(leavingOut: []) == Self.words)
        #expect(
            flags.words(leavingOut: ["workers", "strict", "server"]) == [
                "--config", "x.yaml", "--json", "--", "--workers=9",
            ]
        )
    }

    @Test("a flag of another role, or one without its value, is nobody's")
    func others() {
        #expect(CommandLineFlags(["--server", "a"], role: .relay).values(for: .relay).isEmpty)
        #expect(CommandLineFlags(["--workers"], role: .client).values(for: .client).isEmpty)
        #expect(CommandLineFlags(["--hook="], role: .client).values(for: .client) == ["hook": [""]])
    }
}
