import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// What `getaddrinfo` prefers on a host with a Teredo address (RFC 6724).
    @Suite struct AddressSelectionTests {
        @Test("RFC 6724 section 2.1: Teredo comes after native IPv6 and after IPv4")
        func order() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            let table = try documentedTable()
            let (ipv4, native, teredo) = ("192.0.2.80", KernelAddresses.native, "2001:0:c000:201::5")

            // Without native IPv6 Teredo leads to native hosts, but not to those that have IPv4 too.
            #expect(try choices(of: [native, ipv4], table: "", lab) == [ipv4, native])
            #expect(try choices(of: [native, ipv4], table: table, lab) == [ipv4, native])
            // The table of glibc prefers all IPv6 to IPv4 when the labels of both match; that of the document does not.
            #expect(try choices(of: [ipv4, teredo], table: table, lab) == [ipv4, teredo])

            try lab[.clientA].configure(
                """
                ip address add 2400:1:0:77::1/64 dev eth0 nodad
                ip -6 route add default via fe80::1 dev eth0 metric 4000
                """
            )
            let way = try lab[.clientA].run(["ip", "-6", "route", "get", native]).output
            #expect(way.contains("dev eth0"), "\(way)")
            #expect(try choices(of: [teredo, ipv4, native], table: table, lab) == [native, ipv4, teredo])
            #expect(try choices(of: [ipv4, native], table: "", lab) == [native, ipv4])
            #expect(try choices(of: [teredo, native], table: table, lab) == [native, teredo])
        }

        /// The table for `/etc/gai.conf` as the documents have it.
        private func documentedTable() throws -> String {
            let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            let document = try String(contentsOfFile: root.joined(separator: "/") + "/docs/auto.md", encoding: .utf8)
            let lines = document.split(separator: "\n").map { $0.drop { $0 == " " } }
                .filter { $0.hasPrefix("label ") || $0.hasPrefix("precedence ") }
            try #require(lines.contains { $0.hasPrefix("precedence 2001::/32") })
            return lines.joined(separator: "\n") + "\n"
        }

        /// The addresses of a host in the order in which a program on client A would try them.
        private func choices(of addresses: [String], table: String, _ lab: KernelLab) throws -> [String] {
            let hosts = "\(lab.directory)/hosts"
            let configuration = "\(lab.directory)/gai.conf"
            try addresses.map { "\($0) somewhere\n" }.joined()
                .write(toFile: hosts, atomically: false, encoding: .utf8)
            try table.write(toFile: configuration, atomically: false, encoding: .utf8)
            guard FileManager.default.fileExists(atPath: "/etc/gai.conf") else {
                try Test.cancel("this system has no /etc/gai.conf to replace")
            }
            let script = """
                mount --bind \(hosts) /etc/hosts
                mount --bind \(configuration) /etc/gai.conf
                getent ahosts somewhere
                """
            let output = try lab[.clientA].run(["unshare", "--mount", "sh", "-e", "-c", script])
            try #require(output.isSuccess, "\(output.error)")
            return output.output.split(separator: "\n").filter { $0.contains("STREAM") }
                .compactMap { $0.split(separator: " ").first.map(String.init) }
        }
    }
}
