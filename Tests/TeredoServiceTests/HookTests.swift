import FoundationEssentials
import Logging
import TeredoLinux
import TeredoService
import TeredoWire
import Testing

/// The programs that operators have run when the interface comes and goes.
@Suite("Hooks")
struct HookTests {
    private let address = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf5") ?? .unspecified
    private let interface = HookCall.Interface(name: "teredo", index: 4)

    @Test("a hook gets the environment that Miredo 1.2.6 gave its client-hook, and a search path")
    func environment() {
        let configuration = HookCall.Configuration(address: address, mtu: 1280)
        let up = HookCall(.up, interface, current: configuration, previous: nil)
        #expect(
            up.environment.sorted() == [
                "ADDRESS=2001:0:c633:6401:248b:1e14:39cc:9bf5", "IFACE=teredo", "IFINDEX=4",
                "LLADDRESS=fe80::ffff:ffff:ffff", "MTU=1280", "OLD_STATE=down", Self.searchPath, "STATE=up",
            ]
        )
        let down = HookCall(.down, interface, current: nil, previous: configuration)
        #expect(
            down.environment.sorted() == [
                "IFACE=teredo", "IFINDEX=4", "OLD_ADDRESS=2001:0:c633:6401:248b:1e14:39cc:9bf5",
                "OLD_LLADDRESS=fe80::ffff:ffff:ffff", "OLD_MTU=1280", "OLD_STATE=up", Self.searchPath, "STATE=down",
            ]
        )
    }

    @Test(
        "calls come one after the other, the last one when the role ends, and only one that takes too long is stopped"
    )
    func order() throws {
        let directory = try PrivateDirectory()
        let script = """
            #!/bin/sh
            echo $STATE $OLD_STATE ${ADDRESS-none} ${OLD_MTU-none} >>\(directory.path)/calls
            [ $STATE = down ] && sleep 60
            exit 3
            """
        let path = try directory.write("hook", script, mode: 0o755)
        let logger = Logger(label: "hook") { _ in SwiftLogNoOpLogHandler() }
        let runner = try HookRunner(path: path, interface: interface, logger: logger, limit: .seconds(4))
        runner.up(address: address, mtu: 1280)
        try directory.waitForFile("calls")
        runner.close()
        #expect(
            try directory.lines("calls") == [
                "up down 2001:0:c633:6401:248b:1e14:39cc:9bf5 none", "down up none 1280", "destroy up none 1280",
            ]
        )
    }

    @Test("an interface that was never up is told of its end only")
    func neverUp() throws {
        let directory = try PrivateDirectory()
        let path = try directory.write("hook", "#!/bin/sh\necho $STATE >>\(directory.path)/calls\n", mode: 0o755)
        let logger = Logger(label: "hook") { _ in SwiftLogNoOpLogHandler() }
        let runner = try HookRunner(path: path, interface: interface, logger: logger)
        runner.down()
        runner.close()
        #expect(try directory.lines("calls") == ["destroy"])
    }

    @Test(
        "a program that others could change, or that is none, is not run",
        arguments: [
            (0o777, "", 0o755, "can be changed by others"), (0o775, "", 0o755, "can be changed by others"),
            (0o755, "", 0o777, "can be changed by others"), (0o644, "", 0o755, "is not executable"),
            (0o755, "/../nowhere", 0o755, "No such file"), (0o755, "/.", 0o755, "is not a file"),
        ]
    )
    func refuses(mode: Int, suffix: String, directoryMode: Int, problem: String) throws {
        let directory = try PrivateDirectory()
        let path = try directory.write("hook", "#!/bin/sh\n", mode: mode)
        try directory.setMode(directoryMode)
        let target = suffix.isEmpty ? path : directory.path + suffix
        let error = #expect(throws: TrustedProgram.Failure.self) { _ = try TrustedProgram(path: target) }
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    @Test("a relative path is refused")
    func relative() {
        let error = #expect(throws: TrustedProgram.Failure.self) { _ = try TrustedProgram(path: "hook") }
        #expect(error?.description == "hook: the path of a program must begin with '/'")
    }

    private static let searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

/// A directory that only its owner may write to; it is removed with the value that stands for it.
private final class PrivateDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/teredo-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try setMode(0o755)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func setMode(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func write(_ name: String, _ text: String, mode: Int) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
        return "\(path)/\(name)"
    }

    func lines(_ name: String) throws -> [String] {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    func waitForFile(_ name: String) throws {
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: "\(path)/\(name)") {
            Pause.sleep(.milliseconds(10))
        }
        try #require(FileManager.default.fileExists(atPath: "\(path)/\(name)"))
    }
}
