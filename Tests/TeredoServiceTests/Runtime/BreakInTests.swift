import CTeredoIntruder
import FoundationEssentials
import Glibc
import Logging
import TeredoLinux
import TeredoSettings
import Testing

@testable import TeredoService

/// What code can do that somebody got to run in a role that is set up: it is run in processes that confine themselves as the role does.
@Suite(.serialized) struct BreakInTests {
    /// The errors stand in the exit status.
    private static let refused = EACCES

    @Test("what the intruder tries works where nothing is in its way", arguments: Intrusion.allCases)
    func unhindered(intrusion: Intrusion) async throws {
        guard !intrusion.needsRoot || geteuid() == 0 else { try Test.cancel("this takes root") }
        await #expect(processExitsWith: .exitCode(intrusion.unhindered)) { [intrusion = intrusion as Intrusion] in
            teredo_be_alone()
            _exit(intrusion.attempt())
        }
    }

    @Test("SEC-63: no code in a server can do anything but serve", arguments: Intrusion.allCases)
    func server(intrusion: Intrusion) async throws {
        try Self.requireLandlock(for: intrusion)
        let expected: ExitTest.Condition =
            switch intrusion {
            case .readFile, .listFolder, .useDevice: .exitCode(Self.refused)
            case .rawSocket, .packetSocket, .unixSocket, .otherNetlink, .filterSocket, .listen:
                .exitCode(Self.refused)
            case .beDumped: .exitCode(EINVAL)
            default: .signal(SIGSYS)
            }
        await #expect(processExitsWith: expected) { [intrusion = intrusion as Intrusion] in
            teredo_be_alone()
            BreakInTests.confine(.server(.off))
            _exit(intrusion.attempt())
        }
    }

    /// How a client ends in which `intrusion` is tried.
    private static func endOfClient(_ intrusion: Intrusion) -> ExitTest.Condition {
        switch intrusion {
        case .rawSocket, .packetSocket, .unixSocket, .otherNetlink, .filterSocket: .exitCode(refused)
        case .beDumped: .exitCode(EINVAL)
        case _ where intrusion.isAboutFiles: .exitCode(refused)
        default: .signal(SIGSYS)
        }
    }

    @Test("SEC-63: no code in a client can do anything but be a client", arguments: Intrusion.allCases)
    func client(intrusion: Intrusion) async throws {
        try Self.requireLandlock(for: intrusion)
        await #expect(processExitsWith: Self.endOfClient(intrusion)) { [intrusion = intrusion as Intrusion] in
            teredo_be_alone()
            BreakInTests.confine(.client(.userspace, hook: "/bin/true"))
            _exit(intrusion.attempt())
        }
    }

    @Test(
        "SEC-63: no code in a role with a path in the kernel can do anything but use its maps",
        arguments: Intrusion.allCases
    )
    func kernelPath(intrusion: Intrusion) async throws {
        try Self.requireLandlock(for: intrusion)
        await #expect(processExitsWith: Self.endOfClient(intrusion)) { [intrusion = intrusion as Intrusion] in
            teredo_be_alone()
            BreakInTests.confine(.client(.ebpf, hook: nil))
            _exit(intrusion.attempt())
        }
    }

    @Test(
        "SEC-63: no code in the process that changes the host gets any further",
        arguments: Intrusion.allCases,
        [false, true]
    )
    func changer(intrusion: Intrusion, hasPath: Bool) async throws {
        try Self.requireLandlock(for: intrusion)
        guard !hasPath || intrusion != .loadProgram || geteuid() == 0 else { try Test.cancel("this takes root") }
        let expected: ExitTest.Condition =
            switch intrusion {
            case .rawSocket, .packetSocket, .unixSocket, .otherNetlink: .exitCode(Self.refused)
            // That is its work.
            case .filterSocket: .exitCode(0)
            case .loadProgram where hasPath: .exitCode(0)
            case .beDumped: .exitCode(EINVAL)
            case _ where intrusion.isAboutFiles: .exitCode(Self.refused)
            default: .signal(SIGSYS)
            }
        await #expect(processExitsWith: expected) { [intrusion = intrusion as Intrusion, hasPath = hasPath as Bool] in
            teredo_be_alone()
            var limits = HostLimits(name: "teredo", index: 77)
            limits.hasPath = hasPath
            HostService.confine(limits)
            _exit(intrusion.attempt())
        }
    }

    @Test(
        "SEC-63: code in a client is given no more by the process that changes the host than a client may have",
        arguments: [
            ("tell-refusals", "refusals 0"), ("bring-up 1280", "failed"),
            // Another interface, by whatever word.
            ("bring-up 1280 eth0", "refused"), ("set-mtu 1280\nset-mtu 1280", "refused"),
            ("make-interface queue no-header", "refused"), ("add-route ::/0 1000000 254 2", "refused"),
            // Routes that were not set, and metrics that win.
            ("add-route ::/0 1000000 254", "refused"), ("add-route 2001::/32 1 254", "refused"),
            ("add-route ::/0 1024 254", "refused"), ("add-rule 2001:db8::1 254 0", "refused"),
            ("add-rule 2001:0:1::1 254 32765", "refused"),
            // Addresses that are none of Teredo's.
            ("add-address 2001:db8::1", "refused"), ("add-address fe80::1", "refused"),
            ("remove-address 2001:db8::1", "refused"), ("add-address ::1", "refused"),
            ("set-forwarding on", "refused"), ("set-mtu 576", "refused"), ("enlarge-buffers", "refused"),
            ("bind-port", "refused"),
            ("exec /bin/sh", "refused"),
        ]
    )
    func changes(request: String, answer: String) async throws {
        try await Self.ask(request, expecting: answer, hasPath: false)
    }

    @Test(
        "SEC-63: code in a client with a path in the kernel is given that path and no other",
        arguments: [
            // No socket comes along, so that it is not known for which port.
            ("make-path 4096 1024 1280 client none", "refused"), ("make-path 4096 1024 1280 natives", "refused"),
            ("make-path 4096 1024 1280 client none eth0", "refused"), ("give-map settings", "refused"),
            ("give-map peers", "refused"), ("give-map 7", "refused"), ("reach eth0", "refused"),
            ("reach 192.0.2.1", "refused"), ("update-path 1280 client 2001:db8::1", "refused"),
            ("attach strip eth0", "refused"), ("load-program", "refused"), ("review-path", "refused"),
            ("end-path", "places"), ("set-forwarding on", "refused"),
        ]
    )
    func path(request: String, answer: String) async throws {
        try await Self.ask(request, expecting: answer, hasPath: true)
    }

    private static func ask(_ request: String, expecting answer: String, hasPath: Bool) async throws {
        guard Capability.netAdmin.isEffective else { try Test.cancel("this takes CAP_NET_ADMIN") }
        let program = try #require(Self.program)
        await #expect(processExitsWith: .exitCode(1)) {
            [
                request = request as String, answer = answer as String, program = program as String,
                hasPath = hasPath as Bool
            ] in
            teredo_be_alone()
            let (near, far) = try MessageChannel.pair(limit: HostService.messageLimit)
            // The index is that of no interface in a network of its own.
            var limits = HostLimits(name: "teredo", index: 77)
            limits.hasAddress = true
            limits.hasPath = hasPath
            _ = try ChildProcess(
                ["unshare", "--net", program, HostService.word] + limits.words,
                input: far.descriptor
            )
            guard near.receive(limit: .seconds(20)) == .text(HostService.ready) else { _exit(99) }
            BreakInTests.confine(.client(.userspace, hook: nil))
            _exit(unsafe teredo_ask(near.descriptor, request, answer))
        }
    }

    /// Our program, built next to the tests.
    private static var program: String? {
        let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        return ["\(folder.joined(separator: "/"))/teredo", "\(root.joined(separator: "/"))/.build/debug/teredo"]
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @Test("SEC-63: a thread that was there before is confined too", arguments: [Intrusion.readFile, .execute])
    func thread(intrusion: Intrusion) async throws {
        try Self.requireLandlock(for: intrusion)
        let expected: ExitTest.Condition = intrusion == .readFile ? .exitCode(Self.refused) : .signal(SIGSYS)
        await #expect(processExitsWith: expected) { [intrusion = intrusion as Intrusion] in
            teredo_be_alone()
            let (near, far) = try MessageChannel.pair()
            _ = try WorkerThread(name: "before") {
                _ = far.receive()
                _exit(intrusion.attempt())
            }
            BreakInTests.confine(.client(.userspace, hook: nil))
            _ = near.send("go")
            Pause.sleep(.seconds(20))
        }
    }

    @Test(
        "SEC-63: the client of a command can send signals to the command and to nobody else",
        arguments: [true, false]
    )
    func command(isOther: Bool) async throws {
        let expected: ExitTest.Condition = isOther ? .signal(SIGSYS) : .exitCode(0)
        await #expect(processExitsWith: expected) { [isOther = isOther as Bool] in
            teredo_be_alone()
            let child = try ChildProcess(["sleep", "20"])
            var needs = RoleNeeds.client(.userspace, hook: nil)
            needs.addCommand(child.processIdentifier)
            BreakInTests.confine(needs)
            let target = isOther ? getppid() : child.processIdentifier
            _exit(kill(target, isOther ? 0 : SIGKILL) == 0 ? 0 : errno)
        }
    }

    @Test("a client writes its files, reads its settings again, and looks names up")
    func allowed() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/teredo-confined-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try OutputFile.replace(path: "\(folder)/settings", with: [1])
        await #expect(processExitsWith: .exitCode(0)) { [folder = folder as String] in
            teredo_be_alone()
            RoleConfinement(
                .client(.userspace, hook: nil),
                writing: ["\(folder)/state"],
                reading: ["\(folder)/settings"]
            ).apply(BreakInTests.logger)
            // As an editor does it.
            try OutputFile.replace(path: "\(folder)/settings", with: [2])
            let contents = try PrivateFile(path: "\(folder)/settings", limit: 10).contents
            let names = NameResolver.lookUp("localhost")
            _exit(contents == [2] && !names.isEmpty ? 0 : 1)
        }
    }

    private static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private static func confine(_ needs: RoleNeeds) {
        RoleConfinement(needs, writing: ["/run/teredo/none/test.sock"], reading: []).apply(logger)
    }

    private static func requireLandlock(for intrusion: Intrusion) throws {
        guard Confinement.landlockVersion == nil, intrusion.isAboutFiles else { return }
        try Test.cancel("this kernel has no Landlock")
    }
}
