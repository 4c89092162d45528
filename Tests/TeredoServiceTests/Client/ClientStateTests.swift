import FoundationEssentials
import Logging
import TeredoControl
import TeredoHost
import TeredoService
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@Suite("State of a client")
struct ClientStateTests {
    @Test("whether the file can be written is found out before there is anything to write, and leaves nothing")
    func tried() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ClientState.tryWriting(path: "\(folder)/client.state")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        for path in ["/proc/teredo", "/proc/teredo/client.state", "/dev/null/client.state"] {
            let error = try #require(throws: ServiceError.self) { try ClientState.tryWriting(path: path) }
            #expect(error.message.hasPrefix("\(path): the state cannot be written"), "\(error)")
            #expect(error.remedy.contains("--state-file"))
        }
    }

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

    @Test(
        "A file that is none of ours stays as it is, octet for octet, and nothing of it is said",
        arguments: ["root:$6$topsecret:19000:0:99999:7:::\n", "topsecret\n", "port: topsecret\n", "a: b\n"]
    )
    func foreign(text: String) throws {
        let file = try TemporaryFile(contents: text)
        try file.setPermissions(0o640)
        var said: [String] = []
        let error = #expect(throws: ClientState.Failure.self) { _ = try ClientState(path: file.path) }
        said.append("\(String(describing: error))")
        let record = RecordingLogHandler.Record()
        let logger = Logger(label: "x") { _ in RecordingLogHandler(SwiftLogNoOpLogHandler(), into: record) }
        let state = ClientStateFile(path: file.path, logger: logger)
        #expect(state.remembered == nil)
        let address = try #require(IPv6Address("2001:0:c000:201:3cad:feae:fefd:fcfb").flatMap(TeredoAddress.init))
        state.keep(port: 4000, address)
        said += record.messages.map(\.text)
        #expect(said.contains { $0.contains("is not a state file") && $0.contains(file.path) })
        #expect(!said.contains { $0.contains("topsecret") }, "\(said)")
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o640)
    }

    @Test("A damaged state file and an empty one are written anew, for the owner only")
    func damaged() throws {
        let address = try #require(IPv6Address("2001:0:c000:201:3cad:feae:fefd:fcfb").flatMap(TeredoAddress.init))
        let state = ClientState(port: 34_567, address: address)
        for text in ["", String(state.text.dropLast(20))] {
            let file = try TemporaryFile(contents: text)
            let logger = Logger(label: "x") { _ in SwiftLogNoOpLogHandler() }
            let stateFile = ClientStateFile(path: file.path, logger: logger)
            #expect(stateFile.remembered == nil)
            stateFile.keep(port: state.port, state.address)
            #expect(try ClientState(path: file.path) == state)
            #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("A file that cannot be written is named")
    func unwritable() throws {
        let state = try ClientState(parsing: "port: 1\naddress: 2001:0:c000:201:0:feae:fefd:fcfb", path: "x")
        let error = #expect(throws: ServiceError.self) { try state.write(path: "/proc/x/state") }
        #expect(error?.message.hasPrefix("/proc/x/state: ") == true)
    }
}
