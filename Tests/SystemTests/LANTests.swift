import Foundation
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// What docs/operating.md says about hosts behind a client, as it is written there.
    @Suite struct LANTests {
        @Test("with the commands of docs/operating.md a host in the LAN of a client reaches native IPv6")
        func sharing() throws {
            try SystemTest.requirePrivileges()
            if ChildProcess.executable(named: "sysctl") == nil { try Test.cancel("procps is not installed") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            try lab.waitUntilServing(try lab.start(.relay))
            try lab.start(.client)
            _ = try lab.qualifiedAddress(of: .clientA)
            let host = "fd00:7e7e:1::2"
            let script = """
                ip link add lan0 type veth peer name lan1
                ip link set lan0 up
                \(try commands().joined(separator: "\n"))
                unshare --net sleep 60 & pid=$!
                trap 'kill $pid' EXIT
                tries=0
                while test "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/$$/ns/net)"; do
                    tries=$((tries + 1)); test $tries -lt 100; sleep 0.1
                done
                ip link set lan1 netns $pid
                inside="nsenter --net=/proc/$pid/ns/net"
                $inside ip link set lan1 up mtu 1280
                $inside ip address add \(host)/64 dev lan1 nodad
                $inside ip route add default via fd00:7e7e:1::1
                tries=0
                until $inside ping -6 -n -c 1 -W 1 \(KernelAddresses.native); do
                    tries=$((tries + 1)); test $tries -lt 20; sleep 0.5
                done
                """
            let output = try lab[.clientA].run(["sh", "-eu"], input: script, limit: .seconds(60))
            #expect(output.isSuccess && output.output.contains("bytes from"), "\(output.output) \(output.error)")
        }

        /// The commands of the section, of whose privileges the test has more.
        private func commands() throws -> [String] {
            let root = URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let text = try String(contentsOf: root.appendingPathComponent("docs/operating.md"), encoding: .utf8)
            let rest = try #require(text.components(separatedBy: "\n## A LAN behind one client\n").dropFirst().first)
            let section = try #require(rest.components(separatedBy: "\n## ").first)
            let mark = "    $ sudo "
            let commands = section.split(separator: "\n").filter { $0.hasPrefix(mark) }
                .map { String($0.dropFirst(mark.count)) }
            try #require(commands.count == 4)
            return commands
        }
    }
}
