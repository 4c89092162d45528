import Testing

@testable import TeredoWeb

@Suite("Host and Origin")
struct HostRuleTests {
    private let rule = HostRule(listening: ListeningAddress.loopback, names: ["status.example.org"])

    private func check(_ rule: HostRule, _ fields: [(String, String)]) throws {
        let lines = fields.map { "\($0.0): \($0.1)" }.joined(separator: "\r\n")
        try rule.check(RequestHead(parsing: Array("GET / HTTP/1.1\r\n\(lines)".utf8)))
    }

    @Test(
        "Our own names are let in",
        arguments: [
            "127.0.0.1:8544", "localhost:8544", "LOCALHOST:8544", "[::1]:8544", "[0:0::1]:8544", "status.example.org",
            "Status.Example.org:443",
        ]
    )
    func own(host: String) throws {
        try check(rule, [("Host", host)])
    }

    @Test(
        "Every other name is refused: a page whose name was made to lead here reads nothing",
        arguments: [
            "evil.example:8544", "evil.example", "127.0.0.1", "127.0.0.1:80", "localhost", "127.0.0.2:8544",
            "[::2]:8544",
            "192.0.2.1:8544", "localhost.evil.example:8544", "::1:8544", "127.0.0.1:8544@evil", "", ":8544",
            "127.0.0.1:99999",
            "127.0.0.1:8544:8544", "[127.0.0.1]:8544", "localhost.:8544",
        ]
    )
    func foreign(host: String) {
        #expect(throws: Refusal.self) { try check(rule, [("Host", host)]) }
    }

    @Test("A request names its host once")
    func once() {
        #expect(throws: Refusal.self) { try check(rule, []) }
        #expect(throws: Refusal.self) {
            try check(rule, [("Host", "localhost:8544"), ("Host", "localhost:8544")])
        }
    }

    @Test(
        "Our own page may ask",
        arguments: ["http://127.0.0.1:8544", "http://[::1]:8544", "https://status.example.org"]
    )
    func ownOrigin(origin: String) throws {
        try check(rule, [("Host", "127.0.0.1:8544"), ("Origin", origin)])
    }

    @Test(
        "Pages of others may not",
        arguments: [
            "http://evil.example", "null", "https://127.0.0.1:1", "file://", "http://127.0.0.1", "ftp://127.0.0.1:8544",
            "127.0.0.1:8544",
        ]
    )
    func foreignOrigin(origin: String) {
        #expect(throws: Refusal.self) { try check(rule, [("Host", "127.0.0.1:8544"), ("Origin", origin)]) }
    }

    @Test("Whoever listens on all addresses goes by each number, and by no name")
    func wildcard() throws {
        let all = try #require(ListeningAddress("0.0.0.0:9000"))
        let rule = HostRule(listening: [all])
        try check(rule, [("Host", "192.0.2.7:9000")])
        try check(rule, [("Host", "localhost:9000")])
        #expect(throws: Refusal.self) { try check(rule, [("Host", "[2001:db8::1]:9000")]) }
        #expect(throws: Refusal.self) { try check(rule, [("Host", "host.example:9000")]) }
    }

    @Test(
        "Addresses to listen on",
        arguments: [
            ("127.0.0.1", "127.0.0.1:8544"), ("127.0.0.1:1", "127.0.0.1:1"), ("::1", "[::1]:8544"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0:0:0:0:0:0:1]", "[::1]:8544"),
        ]
    )
    func addresses(text: String, description: String) {
        #expect(ListeningAddress(text)?.description == description)
    }

    @Test(
        "What is no address to listen on",
        arguments: [
            "", "localhost", "1.2.3", "[::1", "[::1]x", "[127.0.0.1]:1", "127.0.0.1:x", "127.0.0.1:70000", ":80",
        ]
    )
    func noAddresses(text: String) {
        #expect(ListeningAddress(text) == nil)
    }
}
