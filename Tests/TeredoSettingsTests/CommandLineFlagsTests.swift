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

    @Test("a flag that takes one value and is there with two is refused, in each form")
    func contradictions() throws {
        let setting = try #require(Role.gateway.settings.first { $0.key == "address" })
        for words in [
            ["--address", "192.0.2.1", "--address", "192.0.2.2"], ["--address=192.0.2.1", "--address=192.0.2.2"],
        ] {
            let error = try #require(throws: ConfigurationError.self) {
                try CommandLineFlags(words, role: .gateway).refuseContradictions(of: [setting])
            }
            #expect(error.description == "--address: is there twice, '192.0.2.1' and '192.0.2.2'; give it once")
        }
        let same = ["--address", "192.0.2.1", "--address=192.0.2.1", "--", "--address=192.0.2.2"]
        try CommandLineFlags(same, role: .gateway).refuseContradictions(of: [setting])
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
