import Foundation
import TeredoHost
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import Testing

@Suite("Fleet key file")
struct FleetKeyFileTests {
    static let digits = String(repeating: "0a", count: 16)

    @Test("keys come in the order of the file, as text or digits; comments and blank lines are ignored")
    func parses() throws {
        let text = "# new\r\nhex:\(Self.digits) # since May\n\nsixteen-octets-or-more\n"
        let file = try FleetKeyFile(parsing: Array(text.utf8), path: "key")
        #expect(file.key.keys == [Array(repeating: 0x0A, count: 16), Array("sixteen-octets-or-more".utf8)])
    }

    @Test(
        "errors name file, line and problem, never a key",
        arguments: [
            ("", "key: the file contains no key"),
            ("topsecret", "key:1: the key has 9 octets, 16 are the least"),
            (String(repeating: "topsecret", count: 114), "key:1: the key has 1026 octets, 1024 are the most"),
            ("hex:" + String(repeating: "00", count: 20), "key:1: the key is all zeros"),
            ("\ntopsecret-topsecret x", "key:2: there is more than one word"),
            ("hex:topsecre", "key:1: 'hex:' is followed by something other than digits"),
            ("topsecret-topsecret\ntopsecret-topsecret", "key:2: the key is there twice"),
            (
                (1...9).map { "topsecret-topsecret\($0)" }.joined(separator: "\n"),
                "key: there are 9 keys, 8 are the most; leave out those that no member makes with"
            ),
        ]
    )
    func refuses(text: String, message: String) throws {
        let error = try #require(throws: ServiceError.self) {
            _ = try FleetKeyFile(parsing: Array(text.utf8), path: "key")
        }
        #expect(error.message == message)
        #expect(!error.description.contains("topsecret") && !error.remedy.contains("client"))
    }

    @Test("a file that others can read, or that is not there, is refused as a secrets file is")
    func permissions() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fleet-key-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let missing = try #require(throws: ServiceError.self) { _ = try FleetKeyFile(path: path) }
        #expect(missing.remedy == "give the path of a readable fleet key file")
        let empty = try #require(throws: ServiceError.self) { _ = try FleetKeyFile(path: "") }
        #expect(empty.message == "the path of the fleet key file is empty")
        try Data("hex:\(Self.digits)\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let error = try #require(throws: ServiceError.self) { _ = try FleetKeyFile(path: path) }
        #expect(error.message.contains("others can read"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try FleetKeyFile(path: path).key.keys.count == 1)
    }
}
