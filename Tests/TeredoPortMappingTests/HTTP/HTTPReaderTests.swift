import Testing

@testable import TeredoPortMapping

struct HTTPReaderTests {
    /// An answer as a router sends it, and what it says.
    struct AnswerText: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        var body = "<a>b</a>"
        var status = 200
        /// Whether the end of the answer shows before the connection ends.
        var hasEnd = true
    }

    static let samples = [
        AnswerText(testDescription: "length", text: "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<a>b</a>"),
        AnswerText(testDescription: "no length", text: "HTTP/1.1 200 OK\r\n\r\n<a>b</a>", hasEnd: false),
        AnswerText(testDescription: "line feeds alone", text: "HTTP/1.0 200 OK\nContent-Length: 8\n\n<a>b</a>"),
        AnswerText(testDescription: "mixed line ends", text: "HTTP/1.1 200 OK\nContent-Length:8\r\n\n<a>b</a>"),
        AnswerText(testDescription: "capitals", text: "http/1.1 200 ok\r\nCONTENT-LENGTH: 8\r\n\r\n<a>b</a>"),
        AnswerText(testDescription: "tabs", text: "HTTP/1.1\t200\tOK\r\nContent-Length\t:\t8\t\r\n\r\n<a>b</a>"),
        AnswerText(testDescription: "no reason", text: "HTTP/1.1 200\r\nContent-Length: 8\r\n\r\n<a>b</a>"),
        AnswerText(testDescription: "blanks", text: "HTTP/1.1   200   OK \r\nContent-Length:    8   \r\n\r\n<a>b</a>"),
        AnswerText(
            testDescription: "empty line in front",
            text: "\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<a>b</a>"
        ),
        AnswerText(testDescription: "folded", text: "HTTP/1.1 200 OK\r\nContent-Length:\r\n 8\r\n\r\n<a>b</a>"),
        AnswerText(
            testDescription: "continue",
            text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<a>b</a>"
        ),
        AnswerText(
            testDescription: "two interim answers",
            text: "HTTP/1.1 100 C\r\nX: y\r\n\r\nHTTP/1.1 102 P\n\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<a>b</a>"
        ),
        AnswerText(testDescription: "chunks", text: chunked("Transfer-Encoding: chunked")),
        AnswerText(testDescription: "chunks without a blank", text: chunked("transfer-encoding:chunked")),
        AnswerText(testDescription: "chunks in capitals", text: chunked("TRANSFER-ENCODING:\tChunked")),
        AnswerText(testDescription: "chunks of a list", text: chunked("Transfer-Encoding: identity, chunked")),
        AnswerText(
            testDescription: "chunks and a length",
            text: chunked("Content-Length: 3\r\nTransfer-Encoding: chunked")
        ),
        AnswerText(
            testDescription: "chunks with extensions, zeros and a trailer",
            text:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0003 ; x=y\r\n<a>\r\n5\r\nb</a>\r\n000\r\nX: y\r\n\r\n"
        ),
        AnswerText(
            testDescription: "chunks with line feeds alone",
            text: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\n<a>\n5\nb</a>\n0\n\n"
        ),
        AnswerText(
            testDescription: "chunks without the last one",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n<a>b</a>\r\n",
            hasEnd: false
        ),
        AnswerText(
            testDescription: "said to be chunks",
            text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<a>b</a>\n",
            body: "<a>b</a>\n",
            hasEnd: false
        ),
        AnswerText(
            testDescription: "length too long",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<a>b</a>",
            hasEnd: false
        ),
        AnswerText(
            testDescription: "length nonsense",
            text: "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n<a>b</a>",
            hasEnd: false
        ),
        AnswerText(testDescription: "no body", text: "HTTP/1.1 204 No Content\r\n\r\n", body: "", status: 204),
        AnswerText(testDescription: "empty", text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: ""),
        AnswerText(testDescription: "error", text: "HTTP/1.1 500 No\r\nContent-Length: 8\r\n\r\n<a>b</a>", status: 500),
        AnswerText(
            testDescription: "no end of the head",
            text: "HTTP/1.1 500 No\r\nX: y\r\n",
            body: "",
            status: 500,
            hasEnd: false
        ),
    ]

    private static func chunked(_ field: String) -> String {
        "HTTP/1.1 200 OK\r\n\(field)\r\n\r\n3\r\n<a>\r\n5\r\nb</a>\r\n0\r\n\r\n"
    }

    @Test(
        "RFC 9112: answers of routers are read however they are sent, and in whatever pieces they come",
        arguments: samples
    )
    func pieces(sample: AnswerText) throws {
        let octets = Array(sample.text.utf8)
        for length in [1, 2, 3, 7, octets.count] {
            var reader = HTTPReader()
            var start = 0
            while start < octets.count {
                reader.read(Array(octets[start..<min(start + length, octets.count)]))
                start += length
                if start < octets.count, sample.testDescription != "empty line in front" {
                    #expect(!reader.isAtEnd || sample.hasEnd)
                }
            }
            #expect(reader.isAtEnd == sample.hasEnd && (!reader.isOpenEnded || !sample.hasEnd))
            let answer = try #require(reader.answer)
            #expect(answer.status == sample.status && String(decoding: answer.body, as: UTF8.self) == sample.body)
        }
    }

    @Test("the end of an answer shows with its last octet and not before", arguments: samples.filter(\.hasEnd))
    func end(sample: AnswerText) {
        var reader = HTTPReader()
        reader.read(Array(sample.text.utf8.dropLast()))
        #expect(!reader.isAtEnd)
        reader.read(Array(sample.text.utf8.suffix(1)))
        #expect(reader.isAtEnd)
        reader.read(Array("more".utf8))
        #expect(reader.answer.map { String(decoding: $0.body, as: UTF8.self) } == sample.body)
    }

    @Test(
        "what is no answer is none",
        arguments: [
            "", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
            "HTTP/1.1 99999 x\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n",
        ]
    )
    func noAnswer(text: String) { #expect(HTTPAnswer(Array(text.utf8)) == nil) }

    @Test("SEC-37: an answer is cut at 65,536 octets, its head at 64 fields")
    func limits() {
        var reader = HTTPReader()
        reader.read(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        for _ in 0..<100 where !reader.isAtEnd { reader.read([UInt8](repeating: 0x41, count: 1000)) }
        #expect(reader.isAtEnd && reader.answer.map { $0.body.count == 65_536 - 19 } == true)
        let fields = (0..<70).map { "F\($0): \($0)\r\n" }.joined()
        let head = HTTPHead(Array("HTTP/1.1 200 OK\r\n\(fields)\r\n".utf8))
        #expect(head?.value(of: "f63") != nil && head?.value(of: "f64") == nil)
        let huge = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc"
        #expect(HTTPAnswer(Array(huge.utf8)) != nil)
    }
}
