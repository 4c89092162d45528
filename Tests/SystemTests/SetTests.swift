import Foundation
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// `teredo set` and `teredo config show --running` with real roles.
    @Suite struct SetTests {
        private static func teredo(_ arguments: [String], _ role: RunningRole) throws -> CommandOutput {
            let socket = try #require(role.controlSocket)
            return try CommandOutput.run(
                [SystemTest.binary] + arguments + ["--control-socket", socket],
                limit: .seconds(10)
            )
        }

        /// Value, origin and place of a setting as the running role tells them.
        private static func setting(_ key: String, _ role: RunningRole) throws -> String {
            let output = try teredo(["config", "show", "--running", "--json"], role)
            let json = try JSONSerialization.jsonObject(with: Data(output.output.utf8)) as? [String: Any]
            let rows = try #require(json?["settings"] as? [[String: Any]], "\(output)")
            let row = try #require(rows.first { $0["key"] as? String == key })
            let values = try #require(row["values"] as? [String])
            let origin = try #require(row["origin"] as? String)
            return ([values.joined(separator: ","), origin] + [row["place"] as? String].compactMap(\.self))
                .joined(separator: " ")
        }

        @Test("what may change changes under way with all or nothing of what was asked, and reload takes it back")
        func client() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let file = "\(lab.directory)/client.yaml"
            try Data("refresh-interval: 20\n".utf8).write(to: URL(filePath: file))
            let client = try lab.start(.client, arguments: ["--config", file, "--port-mapping", "off"])
            let address = try lab.qualifiedAddress(of: .clientA)
            #expect(try Self.setting("refresh-interval", client) == "20 file \(file):1")
            #expect(try Self.setting("port-mapping", client) == "off commandLine")
            #expect(try Self.setting("server", client) == "\(KernelAddresses.server) commandLine")
            #expect(try Self.setting("strict", client) == "false default")
            let set = try Self.teredo(["set", "refresh-interval=25", "port-mapping=auto", "log-level=debug"], client)
            #expect(set.isSuccess, "\(set)")
            let lines = [
                "refresh-interval: 25 (was 20)", "port-mapping: auto (was off)", "log-level: debug (was info)",
            ]
            #expect(set.output.hasPrefix(lines.joined(separator: "\n") + "\nThis holds until the role ends"), "\(set)")
            #expect(set.output.contains(file))
            for (words, message) in [
                (["workers=2"], "this needs a restart of the role: workers"),
                (["refresh-interval=0"], "refresh-interval: '0' is not allowed; use a whole number, 1 to 86400"),
                (["refresh-interval=30", "server=10.0.0.1"], "server: 10.0.0.1 is private"),
                (["refresh-interval=30", "transit=false", "transit-relay=192.0.2.9:1"], "transit-relay: contradicts"),
            ] {
                let refused = try Self.teredo(["set"] + words, client)
                #expect(refused.ending == .exited(1) && refused.error.contains(message), "\(refused)")
            }
            #expect(try Self.setting("refresh-interval", client) == "25 live")
            #expect(try Self.setting("port-mapping", client) == "auto live")
            let text = try #require(try lab.statusText(of: client))
            #expect(text.contains("Client Refresh Interval : 25 seconds"), "\(text)")
            let back = try Self.teredo(["set", "port-mapping"], client)
            #expect(back.output == "port-mapping: off (was auto)\n", "\(back)")
            let reload = try Self.teredo(["reload"], client)
            #expect(reload.output.contains("settings read again: refresh-interval changed"), "\(reload)")
            #expect(try Self.setting("refresh-interval", client) == "20 file \(file):1")
            #expect(try Self.setting("log-level", client) == "info default")
            #expect(try lab.qualifiedAddress(of: .clientA) == address)
            #expect(!client.log.contains("withdrawn"))
        }

        @Test("a server without a file takes limits from who asks, and tells that they hold until it ends")
        func server() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            let set = try Self.teredo(["set", "rate=50", "address-rate=500"], server)
            #expect(
                set.output == "rate: 50 (was 10)\naddress-rate: 500 (was 50)\nThis holds until the role ends.\n",
                "\(set)"
            )
            #expect(try Self.setting("rate", server) == "50 live")
            let refused = try Self.teredo(["set", "rate=60", "xdp=auto"], server)
            #expect(refused.ending == .exited(1) && refused.error.contains("needs a restart of the role: xdp"))
            #expect(try Self.setting("rate", server) == "50 live")
        }

        @Test("type=disabled switches teredo auto off and on again without a restart, as netsh does")
        func auto() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let auto = try lab.start(.client, as: "auto", on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            let off = try Self.teredo(["set", "type=disabled"], auto)
            #expect(off.isSuccess && off.output.hasPrefix("type: disabled (was client)\n"), "\(off)")
            let isOff = try lab.wait(upTo: .seconds(10)) {
                try lab.statusText(of: auto)?.contains("it is disabled") == true
            }
            #expect(isOff, "\(auto.log)")
            #expect(try lab.teredoAddress(of: .clientA) == nil)
            #expect(try !lab[.clientA].run(["ip", "-o", "link"]).output.contains("teredo:"))
            let on = try Self.teredo(["set", "type"], auto)
            #expect(on.output == "type: client (was disabled)\n", "\(on)")
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(lab.stop(auto) == .exited(0), "\(auto.log)")
        }

        @Test("a member of the socket's group sees the settings and may not set them")
        func group() throws {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else { try Test.cancel("needs more than one group") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let socket = "\(directory)/client.sock"
            let client = try lab.start(.client, arguments: ["--control-socket", socket, "--control-group", "daemon"])
            try #require(try lab.wait(upTo: .seconds(20)) { client.log.contains("qualifying") }, "\(client.log)")
            func asMember(_ arguments: [String]) throws -> CommandOutput {
                let user = ["setpriv", "--reuid=nobody", "--regid=daemon", "--clear-groups", SystemTest.binary]
                return try lab[.clientA].run(user + arguments + ["--control-socket", socket])
            }
            let shown = try asMember(["config", "show", "--running"])
            #expect(shown.isSuccess && shown.output.contains("\nlog-level "), "\(shown)")
            let refused = try asMember(["set", "inbound=open"])
            #expect(refused.ending == .exited(1), "\(refused)")
            #expect(refused.error.contains("only root and the user of the role may change settings"), "\(refused)")
        }
    }
}
