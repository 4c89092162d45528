import FoundationEssentials
import Glibc
import Logging
import TeredoLinux
import TeredoService
import TeredoWire
import Testing

/// The programs that operators have run when the interface comes and goes.
@Suite("Hooks")
struct HookTests {
    private let address = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf5") ?? .unspecified
    private let interface = NetworkInterface(name: "teredo", index: 4)

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
        let program = try HookProgram(path: path, limit: .seconds(4))
        let runner = HookRunner(program, interface: interface, logger: logger)
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
        let runner = HookRunner(try HookProgram(path: path), interface: interface, logger: logger)
        runner.down()
        runner.close()
        #expect(try directory.lines("calls") == ["destroy"])
    }

    @Test(
        "a program that others could change, or that is none, is not run",
        arguments: [
            (0o777, "", 0o755, "can be changed by users other"), (0o775, "", 0o755, "can be changed by users other"),
            (0o755, "", 0o777, "can be changed by users other"), (0o644, "", 0o755, "is not executable"),
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

    @Test(
        "SEC-63: what a role asks the process that runs its hook for is the same call there",
        arguments: [
            (HookCall.Event.up, 1280, nil), (.up, 1400, 1280), (.down, nil, 1280), (.destroy, nil, 1280),
            (.destroy, nil, nil),
        ] as [(HookCall.Event, Int?, Int?)]
    )
    func message(event: HookCall.Event, mtu: Int?, previousMTU: Int?) throws {
        for address in [address, nil] {
            let current = mtu.map { HookCall.Configuration(address: address, mtu: $0) }
            let previous = previousMTU.map { HookCall.Configuration(address: address, mtu: $0) }
            let call = HookCall(event, interface, current: current, previous: previous)
            #expect(try HookCall(message: call.message, interface: "teredo") == call)
        }
    }

    @Test(
        "SEC-63: a call whose values are not well-formed is refused by the process that runs the hook",
        arguments: [
            ("", "not NAME=value"), ("STATE=up", "IFACE"), ("STATE=reboot\n\(named)\nMTU=1280", "STATE"),
            ("STATE=up\nIFACE=eth0\nIFINDEX=4\nMTU=1280", "IFACE is not teredo"),
            ("STATE=up\nIFACE=teredo;id\nIFINDEX=4\nMTU=1280", "IFACE"),
            ("STATE=up\nIFACE=teredo\nIFINDEX=0\nMTU=1280", "IFINDEX"),
            ("STATE=up\nIFACE=teredo\nIFINDEX=$(id)\nMTU=1280", "IFINDEX"),
            ("STATE=up\nIFACE=teredo\nIFINDEX=4294967296\nMTU=1280", "IFINDEX"),
            ("STATE=up\n\(named)\nMTU=1279", "MTU"), ("STATE=up\n\(named)\nMTU=65536", "MTU"),
            ("STATE=up\n\(named)\nMTU=1280\nADDRESS=2001:db8::1", "ADDRESS is not a Teredo address"),
            ("STATE=up\n\(named)\nMTU=1280\nADDRESS=`id`", "ADDRESS is not a Teredo address"),
            ("STATE=up\n\(named)\nADDRESS=2001:0:c633:6401:248b:1e14:39cc:9bf5", "without MTU"),
            ("STATE=up\n\(named)\nMTU=1280\nLD_PRELOAD=/tmp/x.so", "more values"),
            ("STATE=up\n\(named)\nMTU=1280\nPATH=/tmp", "more values"),
            ("STATE=up\n\(named)\nMTU=1280\nMTU=1400", "twice"), ("STATE=up\n\(named)\nMTU=1280\n", "not NAME=value"),
            ("STATE=up\n\(named)", "do not fit STATE=up"), ("STATE=down\n\(named)", "do not fit STATE=down"),
            ("STATE=down\n\(named)\nMTU=1280\nOLD_MTU=1280", "do not fit STATE=down"),
            ("STATE=destroy\n\(named)\nMTU=1280", "do not fit STATE=destroy"),
        ]
    )
    func malformed(message: String, problem: String) throws {
        let error = #expect(throws: HookCall.Malformation.self) {
            _ = try HookCall(message: message, interface: "teredo")
        }
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    @Test(
        "SEC-63: the process that runs hooks runs nothing for a malformed call, goes on, and ends with the connection"
    )
    func service() throws {
        let directory = try PrivateDirectory()
        let script = "#!/bin/sh\necho $STATE $IFACE >>\(directory.path)/calls\n[ $STATE = up ]\n"
        let program = try HookProgram(path: try directory.write("hook", script, mode: 0o755))
        let (near, far) = try MessageChannel.pair()
        let thread = try WorkerThread(name: "service") { HookService(program: program, interface: "teredo").serve(far) }
        let limit = Duration.seconds(20)
        #expect(near.receive(limit: limit) == .text("ready"))
        for garbage in ["STATE=up", String(repeating: "x", count: 4_000), "\u{0}"] {
            #expect(near.send(garbage))
            guard case .text(let answer) = near.receive(limit: limit) else {
                Issue.record("no answer")
                continue
            }
            #expect(answer.hasPrefix("was refused: "), "\(answer)")
        }
        let up = HookCall(.up, interface, current: .init(address: address, mtu: 1280), previous: nil)
        #expect(near.send(up.message))
        #expect(near.receive(limit: limit) == .text("done"))
        let end = HookCall(.destroy, interface, current: nil, previous: nil)
        #expect(near.send(end.message))
        #expect(near.receive(limit: limit) == .text("failed: exit status 1"))
        near.close()
        thread.join()
        #expect(try directory.lines("calls") == ["up teredo", "destroy teredo"])
    }

    @Test("a hook that others can change by now is not run any more")
    func changed() throws {
        let directory = try PrivateDirectory()
        let path = try directory.write("hook", "#!/bin/sh\ntouch \(directory.path)/called\n", mode: 0o755)
        let program = try HookProgram(path: path)
        try directory.setMode(0o777)
        let call = HookCall(.destroy, interface, current: nil, previous: nil)
        #expect(program.execute(call)?.contains("can be changed by users other") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/called"))
    }

    @Test("SEC-63: a program is not run when somebody else owns a directory above it, however far")
    func foreignAncestor() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can give a directory away") }
        let directory = try PrivateDirectory()
        try FileManager.default.createDirectory(atPath: "\(directory.path)/a/b", withIntermediateDirectories: true)
        let path = try directory.write("a/b/hook", "#!/bin/sh\ntouch \(directory.path)/called\n", mode: 0o755)
        let program = try HookProgram(path: path)
        let isGiven = unsafe chown("\(directory.path)/a", 65_534, 65_534) == 0
        try #require(isGiven)
        let error = #expect(throws: TrustedProgram.Failure.self) { _ = try TrustedProgram(path: path) }
        #expect(error?.path == "\(directory.path)/a" && error?.problem.hasPrefix("belongs to the user 65534") == true)
        // It was the owner's before the program was looked at: whatever he puts in its place is not run.
        let call = HookCall(.destroy, interface, current: nil, previous: nil)
        #expect(program.execute(call)?.contains("belongs to the user 65534") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/called"))
    }

    @Test("SEC-63: a program is not run when others could exchange a directory above it")
    func writableAncestor() throws {
        let directory = try PrivateDirectory()
        try FileManager.default.createDirectory(atPath: "\(directory.path)/a/b", withIntermediateDirectories: true)
        let path = try directory.write("a/b/hook", "#!/bin/sh\n", mode: 0o755)
        _ = try TrustedProgram(path: path)
        try directory.setMode(0o775)
        let error = #expect(throws: TrustedProgram.Failure.self) { _ = try TrustedProgram(path: path) }
        #expect(error?.path == directory.path && error?.problem.contains("can be changed by users other") == true)
        // As /tmp is: what is there belongs to its owner all the same.
        try directory.setMode(0o1777)
        _ = try TrustedProgram(path: path)
    }

    @Test("SEC-63: no symbolic link leads to a program", arguments: ["link/hook", "a/linked", "a/none"])
    func symbolicLinks(path: String) throws {
        let directory = try PrivateDirectory()
        try FileManager.default.createDirectory(atPath: "\(directory.path)/a", withIntermediateDirectories: true)
        let target = try directory.write("a/hook", "#!/bin/sh\n", mode: 0o755)
        for (name, end) in [("link", "a"), ("a/linked", target), ("a/none", "/nonexistent")] {
            let place = "\(directory.path)/\(name)"
            try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: end)
        }
        let error = #expect(throws: TrustedProgram.Failure.self) {
            _ = try TrustedProgram(path: "\(directory.path)/\(path)")
        }
        #expect(error?.problem.contains("is a symbolic link") == true, "\(String(describing: error))")
    }

    @Test("SEC-63: a hook gets no descriptor but the standard ones, and works in the root directory")
    func inheritance() throws {
        let directory = try PrivateDirectory()
        let script = "#!/bin/sh\nls /proc/$$/fd >\(directory.path)/descriptors\npwd >\(directory.path)/place\n"
        let program = try HookProgram(path: try directory.write("hook", script, mode: 0o755))
        // As a shell leaves one behind that was given one: not to be closed when a program is run.
        let file = unsafe open("/dev/null", O_RDONLY)
        let inherited = fcntl(file, F_DUPFD, 200)
        close(file)
        defer { close(inherited) }
        try #require(inherited >= 200)
        #expect(program.execute(HookCall(.destroy, interface, current: nil, previous: nil)) == nil)
        let descriptors = try directory.lines("descriptors").compactMap { Int32($0) }
        // From 10 on the shell keeps what is its own, such as its script.
        #expect(descriptors.count >= 3 && !descriptors.contains { (3...9).contains($0) }, "\(descriptors)")
        #expect(!descriptors.contains(inherited), "\(descriptors)")
        #expect(try directory.lines("place") == ["/"])
    }

    private static let named = "IFACE=teredo\nIFINDEX=4"
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
        // Copied by a process of its own: a child that another test starts just now would hold a file open for writing
        // that was written here, and the kernel runs no such file (ETXTBSY).
        try text.write(toFile: "\(path)/draft", atomically: false, encoding: .utf8)
        let copy = ["install", "-m", String(mode, radix: 8), "\(path)/draft", "\(path)/\(name)"]
        try #require(try CommandOutput.run(copy, limit: .seconds(30)).isSuccess)
        return "\(path)/\(name)"
    }

    func lines(_ name: String) throws -> [String] {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    func waitForFile(_ name: String) throws {
        for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: "\(path)/\(name)") {
            Pause.sleep(.milliseconds(10))
        }
        try #require(FileManager.default.fileExists(atPath: "\(path)/\(name)"))
    }
}
