import TeredoSettings
import Testing

@Suite("Settings files")
struct SettingsFileTests {
    static func file(_ text: String) throws(ConfigurationError) -> SettingsFile {
        try SettingsFile(parsing: text, path: "client.yaml")
    }

    @Test("Values, comments, quotes and both kinds of lists are read, with the line of each key")
    func reads() throws {
        let file = try Self.file(
            """
            --- # settings
            server: teredo.example.org   # a comment
            control-socket: '/run/a b#c.sock'
            route: [ 2001:db8::/32, "2001:db9::/32" ]
            disable-offload:
              - uso
              # between
              - tso

            disable-extension: []
            """
        )
        #expect(
            file.entries.map(\.key) == ["server", "control-socket", "route", "disable-offload", "disable-extension"]
        )
        #expect(file.entries.map(\.line) == [2, 3, 4, 5, 10])
        #expect(
            file.entries.map { $0.values.map(\.text) } == [
                ["teredo.example.org"], ["/run/a b#c.sock"], ["2001:db8::/32", "2001:db9::/32"], ["uso", "tso"], [],
            ]
        )
    }

    @Test(
        "What is not understood is refused with file and line, never misread",
        arguments: [
            ("server", "client.yaml:1: the line is not 'key: value'"),
            ("server:x", "client.yaml:1: 'server:' needs a space"),
            ("server: a\nserver: b", "client.yaml:2: server: was already given on line 1"),
            ("server:", "client.yaml:1: server: has no value"), ("server: # none", "server: has no value"),
            ("a:\n  b: c", "client.yaml:2: the line is indented"), ("\tserver: a", "indented with a tab"),
            ("server: &a b", "'&' starts YAML"), ("server: {a: b}", "'{' starts YAML"),
            ("server: |", "'|' starts YAML"), ("server: 'a", "is not closed"),
            ("server: \"a\\n\"", "use single quotes"), ("server: 'a' b", "more after the value"),
            ("server: a: b", "a second ': '"), ("route: [a, b", "needs ',' or ']' after each value"),
            ("route: [a, ", "needs its ']'"), ("- a", "a list item without a key"),
            ("server: a\n- b", "a list item without a key"), ("route:\n- ", "an empty list item"),
        ]
    )
    func refuses(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.file(text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "Nothing of a file that is no settings file is repeated",
        arguments: [
            "root:$6$topsecret:19000:0:99999:7:::\n", "alice topsecret\n", "topsecret:x\n", "  topsecret: x\n",
            "a: b\ntopsecret: x\ntopsecret: y\n", "a: [topsecret topsecret\n", "a: [b topsecret, 'c' topsecret\n",
            "a: 'b' topsecret\n", "a: {topsecret}\n", "a: 'topsecret\n", "a: topsecret: x\n", "a: \"\\topsecret\"\n",
        ]
    )
    func foreign(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.file(text) }
        #expect(error?.description.contains("topsecret") == false, "\(String(describing: error))")
    }
}
