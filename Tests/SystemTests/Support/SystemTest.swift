import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

/// What every system test needs: the privileges, the binary, and a lab.
enum SystemTest {
    /// The `teredo` program under test: `TEREDO_BINARY`, or the one built next to the test bundle.
    static let binary: String =
        ChildProcess.environmentVariable("TEREDO_BINARY")
        ?? CommandLine.arguments.first.map { path in
            let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            // The runner is either the bundle in .build/debug, or a helper of the toolchain that loads it.
            let sibling = directory.joined(separator: "/") + "/teredo"
            return FileManager.default.isExecutableFile(atPath: sibling) ? sibling : Self.packageBinary
        } ?? packageBinary

    private static var packageBinary: String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return "\(root)/.build/debug/teredo"
    }

    /// Cancels the test, with the reason, where the kernel lab cannot run.
    static func requirePrivileges(miredo: Bool = false, miniupnpd: Bool = false) throws {
        do {
            try KernelPrivileges.requirePrograms()
        } catch {
            try Test.cancel("\(error)")
        }
        guard KernelPrivileges.areSufficient else {
            try Test.cancel("no privileges for network namespaces: run as root or inside `unshare -Urnm`")
        }
        if miniupnpd, ChildProcess.executable(named: "miniupnpd") == nil {
            try Test.cancel("miniupnpd is not installed")
        }
        guard miredo else { return }
        for program in ["miredo", "miredo-server"] where ChildProcess.executable(named: program) == nil {
            try Test.cancel("\(program) is not installed")
        }
        guard !KernelPrivileges.isInUserNamespace else { try Test.cancel("\(KernelPrivileges.miredoNeedsRoot)") }
    }

    /// A lab with our own server, relay and both clients qualified.
    static func runningLab(
        _ layout: KernelLayout = .separateSites,
        nat1: NATKind = .portRestricted,
        nat2: NATKind = .portRestricted,
        clientArguments: [String] = []
    ) throws -> (lab: KernelLab, addressA: TeredoAddress, addressB: TeredoAddress) {
        let lab = try lab(layout, nat1: nat1, nat2: nat2)
        let routers = try [lab.start(.server), lab.start(.relay)]
        for router in routers { try lab.waitUntilServing(router) }
        try lab.start(.client, on: .clientA, arguments: clientArguments)
        try lab.start(.client, on: .clientB, arguments: clientArguments)
        return (lab, try lab.qualifiedAddress(of: .clientA), try lab.qualifiedAddress(of: .clientB))
    }

    /// A lab whose steps appear in the test's output when `TEREDO_TEST_VERBOSE` is set.
    static func lab(
        _ layout: KernelLayout = .separateSites,
        nat1: NATKind = .portRestricted,
        nat2: NATKind = .portRestricted
    ) throws -> KernelLab {
        let isVerbose = ChildProcess.environmentVariable("TEREDO_TEST_VERBOSE") != nil
        return try KernelLab(layout: layout, nat1: nat1, nat2: nat2, binary: binary) { step in
            if isVerbose { print("    lab: \(step)") }
            if step.hasSuffix(KernelLab.refusal) { Issue.record("\(step)") }
        }
    }
}

/// The tests on real kernels.
/// Swift Testing starts all of them at once and lets two run, so that the limit is one for all together.
@Suite(.timeLimit(.minutes(40)))
struct SystemTests {}
