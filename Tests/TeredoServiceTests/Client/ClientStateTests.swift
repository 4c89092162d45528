import FoundationEssentials
import TeredoHost
import TeredoService
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@Suite("State of a client")
struct ClientStateTests {
    @Test("What is written is read again, in a folder that is made")
    func roundTrip() throws {
        let folder = try TemporaryFile(contents: "")
        let path = "\(folder.path).d/state"
        defer { try? FileManager.default.removeItem(atPath: "\(folder.path).d") }
        #expect(try ClientState(path: path) == nil)
        let address = try #require(IPv6Address("2001:0:c000:201:3cad:feae:fefd:fcfb").flatMap(TeredoAddress.init))
        let state = ClientState(port: 34_567, address: address)
        try state.write(path: path)
        #expect(try ClientState(path: path) == state)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "port: 1", "port: 0\naddress: 2001:0:c000:201:0:feae:fefd:fcfb",
            "port: 70000\naddress: 2001:0:c000:201:0:feae:fefd:fcfb", "port: 1\naddress: 2001:db8::1",
            "port: 1\naddress: 2001:0:c000:201:4300:feae:fefd:fcfb",
        ]
    )
    func refuses(text: String) {
        #expect(throws: ConfigurationError.self) { try ClientState(parsing: text, path: "x") }
    }

    @Test("A file that cannot be written is named")
    func unwritable() throws {
        let state = try ClientState(parsing: "port: 1\naddress: 2001:0:c000:201:0:feae:fefd:fcfb", path: "x")
        let error = #expect(throws: ServiceError.self) { try state.write(path: "/proc/x/state") }
        #expect(error?.message.hasPrefix("/proc/x/state: ") == true)
    }
}
