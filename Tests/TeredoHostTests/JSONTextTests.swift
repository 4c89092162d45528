import TeredoHost
import Testing

@Suite("JSON that is not what was expected")
struct JSONTextTests {
    private struct Answer: Decodable {
        let name: String
        let parts: [Part]

        struct Part: Decodable {
            let count: Int
            let kind: Kind
        }

        enum Kind: String, Decodable {
            case one
        }
    }

    @Test(
        "what is wrong is said in a few words, without repeating what came",
        arguments: [
            ("", "it is not JSON"), ("HTTP/1.1 400 Bad Request", "it is not JSON"),
            ("\u{0}\u{1B}[2J", "it is not JSON"),
            ("[]", "it is not a JSON object of the right kind"), ("{}", "it has no key 'name'"),
            (#"{"name":null,"parts":[]}"#, "'name' has no value"),
            (#"{"name":1,"parts":[]}"#, "'name' has the wrong type"),
            (#"{"name":"a","parts":[{"count":1,"kind":"two"}]}"#, "the value of 'parts.Index 0.kind' is unknown"),
            (#"{"name":"a","parts":[{"count":1}]}"#, "it has no key 'parts.Index 0.kind'"),
        ]
    )
    func phrase(text: String, phrase: String) throws {
        let error = try #require(throws: ServiceError.self) { try JSONText.decode(Answer.self, from: text) }
        #expect(error.message == "this version does not understand the answer: \(phrase)")
        #expect(error.remedy.contains("same version"))
    }

    @Test(
        "SEC-37: control characters in an answer become question marks, escaped or not; the rest stays as it is",
        arguments: [
            (#"\u001b[2J"#, "?[2J"), (#"\u001B]0;a\u0007"#, "?]0;a?"), ("a\u{7F}b\u{9B}1m", "a?b?1m"),
            (#"\u007f\u009b\u0000"#, "???"), (#"\b\f\r"#, "???"), (#"a\n\tb"#, "a\n\tb"),
            (#"\\u001b \" \/ \u00e4 \ud83d\ude00"#, #"\u001b " / ä 😀"#), ("é\u{A0}ä", "é\u{A0}ä"),
        ]
    )
    func controlCharacters(text: String, value: String) throws {
        #expect(try JSONText.decode([String].self, from: #"["\#(text)"]"#) == [value])
    }

    @Test("numbers that nobody waits for are cut, and do no harm", arguments: [1e300, -1e300, 0.5])
    func times(number: Double) {
        let time = Milliseconds.time(number)
        #expect(abs(time / .milliseconds(1)) <= 3_155_760_000_000 && (time > .zero) == (number > 0))
    }
}
