import TeredoWire
import Testing

@testable import TeredoPortMapping

struct DeviceDescriptionTests {
    private static let location = HTTPLocation(host: UDPEndpoint(ScriptedRouter.address, 5000), path: "/dir/root.xml")
    private static let wan = "urn:schemas-upnp-org:service:WANIPConnection:1"

    private func paths(_ document: String) -> [String] {
        DeviceDescription(Array(document.utf8), at: Self.location).services.map {
            "\($0.type.split(separator: ":").suffix(2).joined(separator: ":")) \($0.control.host.port)\($0.control.path)"
        }
    }

    private func service(_ type: String, _ control: String) -> String {
        "<service><serviceType>\(type)</serviceType><controlURL>\(control)</controlURL></service>"
    }

    @Test("every service that maps ports is found, whatever its version, and no other one")
    func services() {
        let types = [
            "WANIPConnection:1", "WANPPPConnection:1", "WANIPConnection:2", "Layer3Forwarding:1", "WANIPConnection:x",
        ]
        let list = types.enumerated().map { service("urn:schemas-upnp-org:service:\($1)", "/c\($0)") }.joined()
        #expect(
            paths(list) == ["WANIPConnection:1 5000/c0", "WANPPPConnection:1 5000/c1", "WANIPConnection:2 5000/c2"]
        )
        #expect(paths(service(Self.wan, "")).isEmpty && paths("<root/>").isEmpty && paths("").isEmpty)
    }

    @Test("names with prefixes, white space and the order of elements make no difference")
    func writing() {
        let document = """
            <d:root xmlns:d="x"><d:service id='1'><d:controlURL>
            /a?b=1&amp;c=2 </d:controlURL><d:serviceId>i</d:serviceId><d:serviceType >
            \(Self.wan)
            </d:serviceType ></d:service></d:root>
            """
        #expect(paths(document) == ["WANIPConnection:1 5000/a?b=1&c=2"])
    }

    @Test(
        "URLBase counts when it is one",
        arguments: [
            ("", "5000/dir/c"), ("<URLBase></URLBase>", "5000/dir/c"), ("<URLBase/>", "5000/dir/c"),
            ("<URLBase>\n http://192.168.1.1:49000/ \n</URLBase>", "49000/c"),
            ("<URLBase>http://203.0.113.9:49000/x/y</URLBase>", "49000/x/c"),
            ("<URLBase>nonsense</URLBase>", "5000/dir/c"),
        ]
    )
    func bases(base: String, expected: String) {
        #expect(paths("<root>\(base)\(service(Self.wan, "c"))</root>").first == "WANIPConnection:1 \(expected)")
    }

    @Test("a reference without a slash in front is looked for in the folder first, then at the root")
    func relative() {
        #expect(paths(service(Self.wan, "c")) == ["WANIPConnection:1 5000/dir/c", "WANIPConnection:1 5000/c"])
        #expect(paths(service(Self.wan, "/c")).count == 1)
    }

    @Test("SEC-37: a type cannot carry anything else into a request, and sixteen services are enough")
    func hostile() {
        for type in ["\(Self.wan)\"&gt;", "\(Self.wan)\r\nX: y", "\(Self.wan)&#13;&#10;X: y", "\(Self.wan)00000"] {
            #expect(paths(service(type, "/c")).isEmpty)
        }
        let many = (0..<100).map { service(Self.wan, "/c\($0)") }.joined()
        #expect(paths(many).count == 16)
    }
}
