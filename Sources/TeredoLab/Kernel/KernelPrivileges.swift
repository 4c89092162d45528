import FoundationEssentials
import TeredoLinux

/// What the kernel lab needs from the system, and how it gets there without root.
package enum KernelPrivileges {
    private static let mark = "TEREDO_LAB_NAMESPACE"

    /// The programs that every kernel lab calls, and the Debian packages that have them.
    private static let programs = [
        ("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2"), ("nft", "nftables"),
        ("ping", "iputils-ping"),
    ]

    /// Whether this process may make network namespaces: it is root, here or in a user namespace of its own.
    package static var areSufficient: Bool {
        let output = try? CommandOutput.run(["unshare", "--net", "true"], limit: .seconds(5))
        return output?.isSuccess ?? false
    }

    /// Whether this process is root in a user namespace that maps nobody else.
    package static var isInUserNamespace: Bool {
        guard let map = try? String(contentsOfFile: "/proc/self/uid_map", encoding: .utf8) else { return false }
        return map.split(whereSeparator: \.isWhitespace).last != "4294967295"
    }

    /// Why Miredo does not run where ``isInUserNamespace`` holds.
    package static let miredoNeedsRoot =
        "Miredo refuses to keep root's user id, and a user namespace made without privileges has no other: "
        + "run as real root for Miredo"

    /// Fails when a program is not installed, with all that are missing.
    package static func requirePrograms() throws(LabError) {
        let missing = programs.filter { ChildProcess.executable(named: $0.0) == nil }
        guard missing.isEmpty else {
            let names = missing.map(\.0).joined(separator: ", ")
            let packages = Set(missing.map(\.1)).sorted().joined(separator: " ")
            throw LabError.missingProgram(
                "the kernel lab needs \(names), not installed here; on Debian: apt install \(packages)"
            )
        }
    }

    /// The path of the program that is running.
    package static func ownProgram() throws(LabError) -> String {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw .notPrivileged(detail: "/proc is not mounted, so this program cannot start itself again.")
        }
        return path
    }

    /// Runs this program again, with the same arguments, inside namespaces of its own where it is root; returns when
    /// the process has the privileges already.
    package static func acquire(arguments: [String]) throws(LabError) {
        try requirePrograms()
        guard !areSufficient else { return }
        guard ChildProcess.environmentVariable(mark) == nil else {
            throw .notPrivileged(detail: "Even inside a user namespace this process may not make network namespaces.")
        }
        let wrapper = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
        let trial: CommandOutput
        do {
            trial = try CommandOutput.run(wrapper + ["unshare", "--net", "true"], limit: .seconds(5))
        } catch {
            throw .missingProgram(error.description)
        }
        guard trial.isSuccess else {
            throw .notPrivileged(detail: "`unshare -Urnm` said: \(trial.error)")
        }
        let program = try ownProgram()
        // A private /run lets `ip netns` and the default control sockets work in there.
        let script = #"mount -t tmpfs tmpfs /run && exec "$0" "$@""#
        let environment = ["env", "\(mark)=1"]
        let failure = ProcessReplacement.execute(wrapper + environment + ["sh", "-c", script, program] + arguments)
        throw .notPrivileged(detail: failure.description)
    }
}
