import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// What the host itself lacks.
extension SystemTests.VerdictTests {
    @Test("a kernel without IPv6 has its name, and IPv6 that is only switched off on the interfaces is no obstacle")
    func noIPv6() throws {
        let lab = try lab()
        defer { lab.close() }
        try lab[.clientA].configure("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        #expect(try check(in: lab).verdict == "works")
        // A kernel without IPv6 has no such settings.
        let script = "mount -t tmpfs none /proc/sys/net/ipv6 && exec \"$@\""
        let report = try check(in: lab, wrapper: ["unshare", "-m", "sh", "-c", script, "sh"])
        #expect(report.verdict == "ipv6-missing")
        #expect(!report.works)
    }

    @Test("IPv6 that is switched off where /proc/sys can only be read is in the way, and a client says so at once")
    func ipv6SwitchedOff() throws {
        let lab = try lab()
        defer { lab.close() }
        try lab[.clientA].configure("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        let script = "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec \"$@\""
        let container = ["unshare", "-m", "sh", "-c", script, "sh"]
        let report = try check(in: lab, wrapper: container)
        #expect(report.verdict == "ipv6-disabled")
        #expect(!report.works)
        let client = [SystemTest.binary, "client", "--server", KernelAddresses.server, "--control-socket"]
        let output = try lab[.clientA].run(container + client + ["\(lab.directory)/c.sock"])
        #expect(output.ending == .exited(1) && !output.error.contains("qualifying"), "\(output)")
        #expect(output.error.contains("--sysctl net.ipv6.conf.all.disable_ipv6=0"), "\(output.error)")
        #expect(try !lab[.clientA].run(["ip", "link"]).output.contains("teredo"))
    }

    /// Namespaces share the clock, which a test must not set: what it is compared with, the date of the program's own
    /// file, moves instead.
    @Test("a clock that is behind the date of the program is wrong, half a day is no reason")
    func clock() throws {
        let lab = try lab()
        defer { lab.close() }
        let copy = "\(lab.directory)/teredo"
        // By a program of its own: a descriptor open for writing, inherited by another child, would forbid to run it.
        try #require(try CommandOutput.run(["cp", SystemTest.binary, copy], limit: .seconds(60)).isSuccess)
        for (hours, verdict) in [(0.0, "works"), (12, "works"), (48, "clock-wrong")] {
            let date = Date(timeIntervalSinceNow: hours * 3600)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: copy)
            let report = try check(in: lab, by: copy)
            #expect(report.verdict == verdict, "the program is \(hours) hours ahead")
            #expect(report.works)
        }
    }
}
