import Testing

@testable import teredo

@Suite("Words that the program does not know")
struct UnknownWordTests {
    private static func message(_ line: String) throws -> String? {
        let words = line.split(separator: " ").map(String.init)
        return UnknownWord(in: words, of: try CommandTree.ofProgram())?.message
    }

    @Test(
        "an unknown command or option is named, with the one that was meant",
        arguments: [
            ("clinet", "'teredo' has no command 'clinet'; did you mean 'client'?"),
            ("staus --json", "'teredo' has no command 'staus'; did you mean 'status'?"),
            ("bug", "'teredo' has no command 'bug'; did you mean 'bugreport'?"),
            ("sample client", "'teredo' has no command 'sample'; did you mean 'teredo config sample'?"),
            ("nonsense", "'teredo' has no command 'nonsense'"),
            ("config smaple client", "'teredo config' has no command 'smaple'; did you mean 'sample'?"),
            ("help clinet", "'teredo' has no command 'clinet'; did you mean 'client'?"),
            ("help config smaple", "'teredo config' has no command 'smaple'; did you mean 'sample'?"),
            ("client --srever 192.0.2.1", "'teredo client' has no option '--srever'; did you mean '--server'?"),
            ("client --srever=192.0.2.1", "'teredo client' has no option '--srever'; did you mean '--server'?"),
            ("client -server 192.0.2.1", "'teredo client' has no option '-server'; did you mean '--server'?"),
            ("ping -count 3 ::1", "'teredo ping' has no option '-count'; did you mean '--count'?"),
            ("client --no-stict", "'teredo client' has no option '--no-stict'; did you mean '--no-strict'?"),
            ("config show client --jsno", "'teredo config show' has no option '--jsno'; did you mean '--json'?"),
            ("status --colour", "'teredo status' has no option '--colour'"),
            ("status -x", "'teredo status' has no option '-x'"),
        ]
    )
    func named(line: String, message: String) throws {
        #expect(try Self.message(line) == message)
    }

    @Test(
        "an option of another command is sent there",
        arguments: [
            (
                "client --served-prefix 2001:db8::/32",
                "'teredo client' has no option '--served-prefix'; it belongs to 'teredo relay' and 'teredo gateway'"
            ),
            (
                "server --new-peer-rate 5",
                "'teredo server' has no option '--new-peer-rate'; it belongs to 'teredo relay', 'teredo host-relay', "
                    + "'teredo auto' and others"
            ),
            (
                "lab --snap-length 128",
                "'teredo lab' has no option '--snap-length'; it belongs to 'teredo capture'"
            ),
            (
                "--masquerade gateway",
                "'teredo' has no option '--masquerade'; it belongs to 'teredo gateway'"
            ),
        ]
    )
    func elsewhere(line: String, message: String) throws {
        #expect(try Self.message(line) == message)
    }

    @Test(
        "what the program knows, values and the words of other programs are no unknown words",
        arguments: [
            "", "--help", "--version", "-h", "client --server 192.0.2.1 --no-transit --help", "help",
            "help config sample",
            "ping -c5 -i 0.2 -W3 2001:db8::1", "ping --interval -1 2001:db8::1", "config sample king",
            "run --server 192.0.2.1 -- curl -6 --srever x", "capture -", "status extra",
            "--generate-completion-script bash",
            "--experimental-dump-help", "---completion client -- --server 1 1",
        ]
    )
    func known(line: String) throws {
        #expect(try Self.message(line) == nil)
    }

    @Test("the options of a command are known by that command alone, as by the whole program")
    func options() throws {
        for line in ["client --srever 192.0.2.1", "config show client --jsno", "status -x", "--masquerade gateway"] {
            #expect(try !UnknownWord.areKnown(optionsOf: line.split(separator: " ").map(String.init)), "\(line)")
        }
        for line in [
            "client --bind x --version", "config show client --json", "ping -c5 help", "run --wait 0 -- curl --x",
        ] {
            #expect(try UnknownWord.areKnown(optionsOf: line.split(separator: " ").map(String.init)), "\(line)")
        }
    }

    @Test("commands are known by their names alone, whatever follows them")
    func commands() {
        for words in [[], ["--version"], ["client", "--x"], ["config", "sample", "king"], ["config", "--x"]] {
            #expect(UnknownWord.areKnown(commands: words), "\(words)")
        }
        for words in [["clinet"], ["config", "smaple", "client"], ["help", "client"]] {
            #expect(!UnknownWord.areKnown(commands: words), "\(words)")
        }
    }
}
