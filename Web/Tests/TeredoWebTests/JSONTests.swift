import Testing

@testable import TeredoWeb

@Suite("JSON of a role")
struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test(
        "What is read and written again is the same",
        arguments: [
            #"{"a":[1,-2.5,1e3,true,false,null],"b":{"c":""}}"#, #""quote \" and \\ and \u0001""#, "[]", "{}", "0",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try parse(text).line == text)
    }

    @Test("Escapes of all kinds are read")
    func escapes() throws {
        #expect(try parse(#""\u00e4\ud83d\ude00\n\/""#) == .string("ä😀\n/"))
    }

    @Test("Lines of an event stream cannot be made by what a role says")
    func lineEnds() {
        #expect(JSONValue.string("a\nb\r\u{2028}").line == #""a\nb\r\u2028""#)
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "", "{", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{,}", "nul", "01", "1.", "1e", "-", "\"", "\"\u{1}\"",
            #""\x""#,
            #""\ud83d""#, #""\u12g4""#, "1 2", "[1] x", "220 mail.example.org ESMTP", "+1", "NaN",
        ]
    )
    func rubbish(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test("Octets that are no UTF-8 are refused")
    func encoding() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test("Nesting is bounded")
    func depth() throws {
        let allowed = JSONParser.maximumDepth - 1
        _ = try parse(String(repeating: "[", count: allowed) + String(repeating: "]", count: allowed))
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 100_000)) }
    }
}
