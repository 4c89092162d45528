import FoundationEssentials
import TeredoLinux
import Testing

extension SystemTests {
    /// The units under a systemd of their own.
    @Suite struct UnitTests {
        @Test(
            "under a running systemd the units start, are watched, read their settings again, restart and stop",
            arguments: [
                ["client"], ["server", "gateway"], ["relay", "host-relay"], ["auto"], ["instances", "announced"],
            ]
        )
        func units(wanted: [String]) throws {
            try SystemTest.requirePrivileges()
            let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            let script = "\(root.joined(separator: "/"))/scripts/try-units"
            let settings = ["TEREDO_BINARY=\(SystemTest.binary)", "TEREDO_UNITS_LIMIT=400"]
            let output = try CommandOutput.run(["env"] + settings + [script] + wanted, limit: .seconds(430))
            if output.ending == .exited(77) { try Test.cancel("\(output.output)") }
            #expect(output.isSuccess, "\(output.output)\(output.error)")
            #expect(output.output.contains("all units do what they promise"), "\(output.output)\(output.error)")
        }
    }
}
