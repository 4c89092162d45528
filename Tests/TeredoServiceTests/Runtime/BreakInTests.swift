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

    @Test(
        "SEC-63: no code in a role reaches files of others, devices and settings of the kernel",
        arguments: files,
        [false, true]
    )
    func files(intrusion: Intrusion, isClient: Bool) async throws {
        try Self.requireLandlock(for: intrusion)
        await #expect(processExitsWith: .exitCode(Self.refused)) {
            [intrusion = intrusion as Intrusion, isClient = isClient as Bool] in
            teredo_be_alone()
            BreakInTests.confine(isClient ? .client(.userspace, hook: nil) : .server(.off))
            _exit(intrusion.attempt())
        }
    }

    private static let files = Intrusion.allCases.filter(\.isAboutFiles)

    @Test("SEC-63: a thread that was there before is confined too", arguments: [Intrusion.readFile])
    func thread(intrusion: Intrusion) async throws {
        try Self.requireLandlock(for: intrusion)
        await #expect(processExitsWith: .exitCode(Self.refused)) { [intrusion = intrusion as Intrusion] in
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
