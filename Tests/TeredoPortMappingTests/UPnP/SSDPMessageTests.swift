import Testing

@testable import TeredoPortMapping

struct SSDPMessageTests {
    @Test(
        "the place of a description is read however the field is written",
        arguments: [
            "LOCATION: http://a/", "Location:http://a/", "location:\thttp://a/", "LOCATION: http://a/ \t",
            "LOCATION :http://a/",
            "EXT:\r\nLOCATION: http://a/", "LOCATION:\r\n http://a/",
        ]
    )
    func location(field: String) {
        for eol in ["\r\n", "\n"] {
            let text = "HTTP/1.1 200 OK\r\n\(field)\r\nST: x\r\n\r\n".split(
                separator: "\r\n",
                omittingEmptySubsequences: false
            )
            .joined(separator: eol)
            #expect(SSDPMessage.location(in: Array(text.utf8).span) == "http://a/")
            #expect(SSDPMessage.location(in: Array("HTTP/1.0 200\(eol)\(field)".utf8).span) == "http://a/")
        }
    }

    @Test(
        "notifications, errors and what is too long are no answers",
        arguments: [
            "NOTIFY * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n", "M-SEARCH * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n",
            "HTTP/1.1 404 No\r\nLOCATION: http://a/\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "",
            "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 4096))\r\nLOCATION: http://a/\r\n\r\n",
        ]
    )
    func noLocation(text: String) { #expect(SSDPMessage.location(in: Array(text.utf8).span) == nil) }
}
