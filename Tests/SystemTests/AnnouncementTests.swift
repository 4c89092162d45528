import Foundation
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// What status and log say of an announcement (docs/fleet.md section 6).
    @Suite struct AnnouncementTests {
        private static let table = "3544"

        private struct Line: Decodable {
            let time: String
            let level: String
            let role: String
            let message: String
        }

        private static func lines(of role: RunningRole) throws -> [Line] {
            try role.log.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        }

        private static func isAnnounced(_ lab: KernelLab, through interface: String = "teredo") throws -> Bool {
            try lab[.relay].run(["ip", "-6", "route", "show", "table", table]).output.contains("dev \(interface) ")
        }

        @Test(
            "another program's route in the table is not taken for the role's own, and the role's follows when it is gone"
        )
        func foreignRoute() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab[.relay].configure("ip -6 route add 2001::/32 dev eth0 table \(Self.table) metric 1024")
            let relay = try lab.start(.relay, arguments: ["--announce-table", Self.table])
            try lab.waitUntilServing(relay)
            #expect(
                try lab.wait(upTo: .seconds(5)) { relay.log.contains("not announced: another program has a route") }
            )
            let status = try lab.statusText(of: relay) ?? ""
            #expect(status.contains("withdrawn: another program has a route with metric 1024"), "\(status)")
            #expect(!relay.log.contains("relay: announced: "), "\(relay.log)")
            #expect(try !Self.isAnnounced(lab))
            #expect(relay.log.split(separator: "\n").count { $0.contains("not announced") } == 1, "\(relay.log)")
            try lab[.relay].configure("ip -6 route del 2001::/32 dev eth0 table \(Self.table)")
            #expect(try lab.wait(upTo: .seconds(3)) { relay.log.contains(" announced: 2001::/32 in table ") })
            #expect(try Self.isAnnounced(lab))
            #expect(try lab.statusText(of: relay)?.contains("2001::/32 in table \(Self.table)\n") == true)
            // One that takes its place while the role runs is found out, too.
            try lab[.relay].configure("ip -6 route replace 2001::/32 dev eth0 table \(Self.table) metric 1024")
            #expect(
                try lab.wait(upTo: .seconds(5)) {
                    try lab.statusText(of: relay)?.contains("withdrawn: another program has a route") == true
                }
            )
            #expect(try !Self.isAnnounced(lab))
        }

        @Test("a process that announces and does not answer is told of, also at the end of the role")
        func silentProcess() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let relay = try lab.start(.relay, arguments: ["--announce-table", Self.table])
            try lab.waitUntilServing(relay)
            #expect(try lab.wait(upTo: .seconds(5)) { relay.log.contains(" announced: 2001::/32 in table ") })
            let process = try #require(try HookPrivilegeTests.helper(of: relay, named: "teredo-announce"))
            func signal(_ name: String) throws {
                _ = try CommandOutput.run(["kill", "-\(name)", "\(process)"], limit: .seconds(5))
            }
            defer { try? signal("CONT") }
            let silence = "the process that announces the role does not answer"
            func isSilent() throws -> Bool {
                try lab.statusText(of: relay)?.contains("in table \(Self.table): \(silence)") == true
            }
            try signal("STOP")
            #expect(try lab.wait(upTo: .seconds(10)) { try isSilent() }, "\(relay.log)")
            try signal("CONT")
            #expect(try lab.wait(upTo: .seconds(5)) { try !isSilent() }, "\(relay.log)")
            #expect(relay.log.split(separator: "\n").count { $0.contains(silence) } == 1, "\(relay.log)")
            try signal("STOP")
            #expect(lab.stop(relay) == .exited(0), "\(relay.log)")
            #expect(relay.log.split(separator: "\n").count { $0.contains(silence) } >= 2, "\(relay.log)")
            try signal("CONT")
            #expect(try lab.wait(upTo: .seconds(5)) { !HookPrivilegeTests.isRunning(process) })
            #expect(try !Self.isAnnounced(lab))
        }

        @Test(
            "a role that was stopped, and one that was killed, have lines with time and level in the log, in its format"
        )
        func lines() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let relay = try lab.start(
                .relay,
                arguments: ["--announce-table", Self.table, "--log-format", "json"]
            )
            try lab.waitUntilServing(relay)
            func has(_ level: String, _ message: String, since start: Int = 0) throws -> Bool {
                try Self.lines(of: relay).dropFirst(start).contains {
                    $0.level == level && $0.message.contains(message) && $0.role == "relay" && $0.time.contains("T")
                }
            }
            #expect(
                try lab.wait(upTo: .seconds(5)) { try has("notice", "announced: 2001::/32 in table") },
                "\(relay.log)"
            )
            relay.process.signal(19)
            #expect(
                try lab.wait(upTo: .seconds(3)) {
                    try has("error", "the role does not run: what it announced in table")
                },
                "\(relay.log)"
            )
            #expect(try !Self.isAnnounced(lab))
            let before = try Self.lines(of: relay).count
            relay.process.signal(18)
            #expect(
                try lab.wait(upTo: .seconds(3)) { try has("notice", "announced: 2001::/32 in table", since: before) },
                "\(relay.log)"
            )
            #expect(try has("warning", "the role did not run for a while", since: before), "\(relay.log)")
            #expect(try lab.wait(upTo: .seconds(2)) { try Self.isAnnounced(lab) })
            lab.kill(relay)
            #expect(
                try lab.wait(upTo: .seconds(3)) { try has("error", "the role is gone: what it announced in table") },
                "\(relay.log)"
            )
        }

        @Test("drain --wait returns when the role has ended, and fails when the drain is called off")
        func drainWait() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let arguments = ["--announce-table", Self.table, "--drain-timeout", "30"]
            let relay = try lab.start(.relay, arguments: arguments)
            try lab.waitUntilServing(relay)
            let socket = ["--control-socket", try #require(relay.controlSocket)]
            let path = "\(lab.directory)/drain"
            func drain(_ name: String) throws -> ChildProcess {
                let words = [SystemTest.binary, "drain", "--wait"] + socket
                return try ChildProcess(lab[.relay].inside(words), output: .file("\(path)-\(name)"))
            }
            let first = try drain("first")
            #expect(try lab.wait(upTo: .seconds(3)) { try lab.status(of: relay)?.contains("\"drain\"") == true })
            // Nothing uses the relay, which ends a second after the drain began at the earliest.
            #expect(first.poll() == nil)
            let cancelled = try lab.attempt(["drain", "--cancel"] + socket, on: .relay)
            #expect(cancelled.isSuccess, "\(cancelled)")
            #expect(first.wait(limit: .seconds(5)) == .exited(1))
            let said = try String(contentsOfFile: "\(path)-first", encoding: .utf8)
            #expect(said.contains("the role goes on: its drain was called off"), "\(said)")
            #expect(relay.process.poll() == nil)
            let second = try drain("second")
            #expect(second.wait(limit: .seconds(20)) == .exited(0))
            #expect(relay.process.wait(limit: .seconds(1)) == .exited(0), "\(relay.log)")
            let third = try lab.attempt(["drain", "--wait"] + socket, on: .relay)
            #expect(third.ending == .exited(1), "\(third)")
        }
    }
}
