import TeredoWire
import Testing

@testable import TeredoPortMapping

struct HTTPLocationTests {
    private static let gateway = IPv4Address(192, 168, 1, 1)

    @Test(
        "whatever host a URL names, its port and path are looked for on the gateway",
        arguments: [
            ("http://192.168.1.1:5000/rootDesc.xml", 5000, "/rootDesc.xml"),
            ("http://192.168.1.2:49152/x", 49_152, "/x"),
            ("HTTP://router.local/x", 80, "/x"), ("http://192.168.1.1", 80, "/"), ("http://192.168.1.1:/x", 80, "/x"),
            ("  http://192.168.1.1:5000/x \t", 5000, "/x"), ("http://[fe80::1]:5000/x", 5000, "/x"),
            ("http://h:1/a/../b/./c?d=/../e#f", 1, "/b/c?d=/../e"), ("http://h?q", 80, "/?q"),
            ("http://203.0.113.9//x", 80, "/x"), ("http://h/.//x", 80, "/x"), ("http://h/a/..//?q", 80, "/?q"),
        ]
    )
    func urls(url: String, port: Int, path: String) {
        let location = HTTPLocation(url: url, gateway: Self.gateway)
        #expect(location == HTTPLocation(host: UDPEndpoint(Self.gateway, UInt16(port)), path: path))
    }

    @Test(
        "what cannot be fetched over HTTP, or stand in a request, is no place",
        arguments: [
            "", "http://", "http:///x", "https://192.168.1.1/x", "ftp://192.168.1.1/", "192.168.1.1/x",
            "http://192.168.1.1:0/x",
            "http://192.168.1.1:65536/x", "http://192.168.1.1:5x/y", "http://192.168.1.1:5000/a b",
            "http://192.168.1.1/a\r\nX: y", "http://user@192.168.1.1/", "http://192.168.1.1/ä",
            "http://h/" + String(repeating: "a", count: 2000),
        ]
    )
    func noURLs(url: String) { #expect(HTTPLocation(url: url, gateway: Self.gateway) == nil) }

    @Test(
        "RFC 3986 section 5.2: references mean what they mean, and are on the gateway too",
        arguments: [
            ("/ctl", 5000, "/ctl"), ("ctl", 5000, "/dir/ctl"), ("./ctl", 5000, "/dir/ctl"), ("../ctl", 5000, "/ctl"),
            ("../../ctl", 5000, "/ctl"), ("?a=b", 5000, "/dir/root.xml?a=b"), ("http://203.0.113.9/ctl", 80, "/ctl"),
            ("//203.0.113.9:81/ctl", 81, "/ctl"), (" \n/ctl\t", 5000, "/ctl"), ("/a?b:c", 5000, "/a?b:c"),
        ]
    )
    func references(reference: String, port: Int, path: String) {
        let base = HTTPLocation(host: UDPEndpoint(Self.gateway, 5000), path: "/dir/root.xml")
        let expected = HTTPLocation(host: UDPEndpoint(Self.gateway, UInt16(port)), path: path)
        #expect(base.resolve(reference) == expected)
    }

    @Test("references that are none", arguments: ["", " ", "https://192.168.1.1/x", "javascript:x", "a b", "a\u{0}b"])
    func noReferences(reference: String) {
        #expect(HTTPLocation(host: UDPEndpoint(Self.gateway, 5000), path: "/").resolve(reference) == nil)
    }
}
