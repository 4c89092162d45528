import Glibc
import TeredoHost
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import Testing

@Suite("Secrets file")
struct SecretsFileTests {
    @Test("text, hexadecimal, comments, blank lines and Windows line ends are read")
    func parses() throws {
        let text = "# clients\r\nalice\tswordfish # her laptop\r\n\r\n  hex:00ff   hex:DEADbeef\nbob s#cret"
        let file = try SecretsFile(parsing: text, path: "secrets")
        let expected = [
            SharedSecret(clientIdentifier: Array("alice".utf8), key: Array("swordfish".utf8)),
            SharedSecret(clientIdentifier: [0x00, 0xFF], key: [0xDE, 0xAD, 0xBE, 0xEF]),
            SharedSecret(clientIdentifier: Array("bob".utf8), key: Array("s#cret".utf8)),
        ]
        #expect(file.secrets == expected.compactMap(\.self))
    }

    @Test(
        "errors name file, line and problem, never the secret",
        arguments: [
            ("alice", "secrets:1: the secret is missing"),
            ("# x\nalice topsecret topsecret", "secrets:2: there are more than two words"),
            ("a b\n\na topsecret", "secrets:3: the identifier 'a' was already given on line 1"),
            ("a hex:abc", "secrets:1: 'hex:' needs an even number of hexadecimal digits"),
            ("a hex:topsecre", "secrets:1: 'hex:' is followed by something other than digits"),
            ("hex: topsecret", "secrets:1: an identifier has 1 to 255 octets and a secret at least one"),
            ("# nothing\n", "secrets: the file contains no secret"),
        ]
    )
    func refuses(text: String, message: String) throws {
        let error = try #require(throws: ServiceError.self) { _ = try SecretsFile(parsing: text, path: "secrets") }
        #expect(error.message == message)
        #expect(!error.description.contains("topsecret"))
    }

    @Test("SEC-04: a secret that is no UTF-8 is its octets, and no other secret of the same length is the same")
    func octets() throws {
        let written: [UInt8] = Array("alice ".utf8) + [0xC3, 0x28, 0xFF, 0xFE] + Array("\r\n".utf8)
        let file = try SecretsFile(parsing: written + Array("b\u{E9}b  k\u{301}\nx \u{301}".utf8), path: "secrets")
        let inDigits = try SecretsFile(
            parsing: "alice hex:c328fffe\nhex:62c3a962 hex:6bcc81\nx hex:cc81",
            path: "secrets"
        )
        #expect(file == inDigits)
        let replaced = try SecretsFile(parsing: "alice hex:efbfbd28efbfbdefbfbd", path: "secrets")
        #expect(file.secrets[0].key == [0xC3, 0x28, 0xFF, 0xFE])
        #expect(file.secrets[0] != replaced.secrets[0])
        // Two identifiers that would look alike with replacement are two.
        let alike: [UInt8] = [0xFF, 0x20, 0x61, 0x0A, 0xFE, 0x20, 0x62]
        #expect(try SecretsFile(parsing: alike, path: "secrets").secrets.count == 2)
    }

    @Test("a file of another user is refused, even by root, unless that is the user that the role becomes")
    func owner() throws {
        guard geteuid() == 0, let nobody = unsafe getpwnam("nobody")?.pointee.pw_uid else {
            try Test.cancel("only root can give a file away")
        }
        let file = try TemporaryFile(contents: "alice topsecret\n")
        try file.setPermissions(0o600)
        #expect(try SecretsFile(path: file.path).secrets.count == 1)
        let isGiven = unsafe chown(file.path, nobody, 0) == 0
        try #require(isGiven)
        let error = try #require(throws: ServiceError.self) { _ = try SecretsFile(path: file.path) }
        #expect(error.message.hasPrefix("\(file.path): belongs to the user \(nobody)"))
        #expect(!error.description.contains("topsecret"))
        #expect(throws: ServiceError.self) { _ = try SecretsFile(path: file.path, userName: "daemon") }
        #expect(try SecretsFile(path: file.path, userName: "nobody").secrets.count == 1)
    }

    @Test("an identifier longer than 255 octets is refused")
    func refusesLongIdentifier() throws {
        let text = String(repeating: "a", count: 256) + " key"
        let error = try #require(throws: ServiceError.self) { _ = try SecretsFile(parsing: text, path: "secrets") }
        #expect(error.message == "secrets:1: an identifier has 1 to 255 octets and a secret at least one")
    }

    @Test("a file that others can read is refused, one that is private is read")
    func checksPermissions() throws {
        let file = try TemporaryFile(contents: "alice swordfish\n")
        try file.setPermissions(0o644)
        let error = try #require(throws: ServiceError.self) { _ = try SecretsFile(path: file.path) }
        #expect(error.message == "\(file.path): others can read the secrets file (mode 644)")
        #expect(error.remedy == "run: chmod 600 \(file.path)")
        try file.setPermissions(0o600)
        #expect(try SecretsFile(path: file.path).secrets.count == 1)
    }

    @Test("a missing file and a directory are refused")
    func refusesWhatIsNoFile() throws {
        let missing = try #require(throws: ServiceError.self) { _ = try SecretsFile(path: "/nonexistent/secrets") }
        #expect(missing.message == "/nonexistent/secrets: cannot be read: No such file or directory")
        let directory = try #require(throws: ServiceError.self) { _ = try SecretsFile(path: "/") }
        #expect(directory.message == "/: is not a regular file")
    }

    @Test("a client's secret is chosen by identifier, or is the only one")
    func chooses() throws {
        let one = try SecretsFile(parsing: "alice swordfish", path: "secrets")
        let two = try SecretsFile(parsing: "alice swordfish\nhex:0102 marlin", path: "secrets")
        #expect(try one.secret(for: nil, path: "secrets").key == Array("swordfish".utf8))
        #expect(try two.secret(for: "hex:0102", path: "secrets").key == Array("marlin".utf8))
        let ambiguous = try #require(throws: ServiceError.self) { _ = try two.secret(for: nil, path: "secrets") }
        #expect(ambiguous.message == "secrets: the file contains 2 secrets")
        let unknown = try #require(throws: ServiceError.self) { _ = try two.secret(for: "bob", path: "secrets") }
        #expect(unknown.message == "secrets: no line for the client identifier 'bob'")
    }
}
