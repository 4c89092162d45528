import Testing

@testable import TeredoWeb

@Suite("The head of a request")
struct RequestHeadTests {
    private func parse(_ text: String) throws -> RequestHead { try RequestHead(parsing: Array(text.utf8)) }

    @Test("Method, path and fields")
    func usual() throws {
        let head = try parse("GET /metrics?x=1 HTTP/1.1\r\nHost:  a \r\nX-Y:\tb, c")
        #expect(head.method == "GET")
        #expect(head.path == "/metrics")
        #expect(head.isPersistent)
        #expect(head.values("host") == ["a"])
        #expect(head.values("x-y") == ["b, c"])
        let old = try parse("HEAD / HTTP/1.0")
        #expect(!old.isPersistent)
    }

    @Test(
        "What is no request is refused",
        arguments: [
            "", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "G@T / HTTP/1.1", "GET http://a/ HTTP/1.1",
            "GET / HTTP/2.0",
            "GET / http/1.1", "GET / HTTP/1.1\r\nHost : a", "GET / HTTP/1.1\r\n folded: a", "GET / HTTP/1.1\r\nnothing",
            "GET / HTTP/1.1\nHost: a", "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\nA: \0", "GET /\u{7F} HTTP/1.1",
            "GET / HTTP/1.1\r\n: a", "GET /ä HTTP/1.1", "CONNECT a:1 HTTP/1.1", "OPTIONS * HTTP/1.1",
        ]
    )
    func rubbish(text: String) {
        #expect(throws: Refusal.self) { try parse(text) }
    }

    @Test("There are only so many fields")
    func fieldCount() throws {
        let fields = { (count: Int) in (0..<count).map { "\r\nA\($0): b" }.joined() }
        #expect(try parse("GET / HTTP/1.1" + fields(64)).fields.count == 64)
        #expect(throws: Refusal.tooLarge) { try parse("GET / HTTP/1.1" + fields(65)) }
    }

    @Test("Random octets never stop the program", arguments: 0..<50)
    func random(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<200 {
            var octets = Array("GET / HTTP/1.1\r\nHost: a\r\nB: c".utf8)
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                octets[Int(state >> 33) % octets.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            _ = try? RequestHead(parsing: octets)
            _ = try? JSONParser.parse(octets)
            _ = try? MetricsParser.families(of: String(decoding: octets, as: UTF8.self))
        }
    }
}
