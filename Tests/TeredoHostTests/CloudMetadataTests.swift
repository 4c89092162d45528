import TeredoTestSupport
import Testing

@testable import TeredoHost

@Suite struct CloudMetadataTests {
    static func answer(_ head: String, _ body: String) -> [UInt8] { Array("\(head)\r\n\r\n\(body)".utf8) }

    @Test("an answer that consists of an address is one; errors, pages and cut answers are none")
    func answers() {
        let expected = ipv4("192.0.2.1")
        for body in ["192.0.2.1", "192.0.2.1\n"] {
            #expect(CloudMetadata.address(in: Self.answer("HTTP/1.0 200 OK\r\nA: b", body)) == expected)
        }
        #expect(CloudMetadata.address(in: Array("HTTP/1.1 200 OK\nServer: x\n\n192.0.2.1\n".utf8)) == expected)
        for (head, body) in [
            ("HTTP/1.1 404 Not Found", "192.0.2.1"), ("HTTP/1.1 401 Unauthorized", ""), ("HTTP/1.1 200 OK", ""),
            ("HTTP/1.1 200 OK", "<html>192.0.2.1</html>"), ("SSH-2.0-x 200", "192.0.2.1"),
            ("HTTP/1.1 200 OK", "192.0.2.1\n192.0.2.2"),
        ] {
            #expect(CloudMetadata.address(in: Self.answer(head, body)) == nil, "\(head) \(body)")
        }
        #expect(CloudMetadata.address(in: nil) == nil)
        #expect(CloudMetadata.address(in: Array("HTTP/1.1 200 OK\r\nA: b".utf8)) == nil)
        #expect(CloudMetadata.address(in: []) == nil)
    }
}
