import Foundation
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What is on the wire, judged by Wireshark.
    @Suite struct DissectionTests {
        @Test("tshark finds nothing malformed in all that passes the Internet of the lab")
        func wire() throws {
            try SystemTest.requirePrivileges()
            guard ChildProcess.executable(named: "tshark") != nil else { try Test.cancel("tshark is not installed") }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = "\(lab.directory)/wire.pcapng"
            let capture = try ChildProcess(
                lab[.internet].inside(["tshark", "-q", "-i", "any", "-f", "udp", "-w", file]),
                output: .file("\(lab.directory)/tshark.log")
            )
            defer { capture.terminate() }
            // tshark says nothing when it begins to capture: the file's first octets tell.
            #expect(try lab.wait(upTo: .seconds(20)) { try size(file) > 0 })
            Pause.sleep(.seconds(1))
            for role in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(role) }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            Pause.sleep(.seconds(2))
            capture.terminate()
            let ports = [addressA.mappedEndpoint.port, addressB.mappedEndpoint.port, UInt16(KernelLab.relayPort)]
            let decoding = ports.flatMap { ["-d", "udp.port==\($0),teredo"] }
            let all = try CommandOutput.run(["tshark", "-r", file] + decoding + ["-Y", "teredo"], limit: .seconds(60))
            #expect(all.output.split(separator: "\n").count > 20, "\(all)")
            let filter = "_ws.malformed || _ws.expert.severity >= 6291456"
            let bad = try CommandOutput.run(["tshark", "-r", file] + decoding + ["-Y", filter], limit: .seconds(60))
            #expect(bad.output.isEmpty, "\(bad.output)")
            try explain(file, decoding)
        }

        /// One packet as both programs tell it.
        private struct Packet: Hashable {
            let number: Int
            let fields: [String]
        }

        /// `teredo explain` finds the same packets with the same fields, nothing against any rule, and who reached whom.
        private func explain(_ file: String, _ decoding: [String]) throws {
            let names = ["ip.src", "udp.srcport", "ip.dst", "udp.dstport", "ipv6.src", "ipv6.dst", "icmpv6.type"]
            let columns = (["frame.number"] + names).flatMap { ["-e", $0] }
            let arguments = ["tshark", "-r", file] + decoding + ["-Y", "teredo", "-T", "fields", "-E", "separator=|"]
            let judged = try CommandOutput.run(
                arguments + ["-E", "occurrence=f"] + columns,
                limit: .seconds(60)
            ).output.split(separator: "\n").map { line in
                let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                return Packet(number: Int(parts[0]) ?? 0, fields: Array(parts.dropFirst()))
            }
            let output = try CommandOutput.run([SystemTest.binary, "explain", "--json", file], limit: .seconds(60))
            #expect(output.isSuccess, "\(output.error)")
            let objects = try output.output.split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            let packets = objects.filter { $0["kind"] as? String == "packet" && $0["ipv6"] is [String: Any] }
            let told = Set(packets.compactMap(Self.packet))
            for packet in judged { #expect(told.contains(packet), "\(packet)") }
            #expect(judged.count > 20 && told.count == judged.count)
            let violations = packets.flatMap { $0["findings"] as? [[String: Any]] ?? [] }
                .filter { $0["weight"] as? String == "violation" }
            #expect(violations.isEmpty, "\(violations)")
            let conversations = objects.last?["conversations"] as? [[String: Any]] ?? []
            let ways = conversations.compactMap { $0["way"] as? String }.sorted()
            #expect(ways == ["direct", "relay"], "\(conversations)")
        }

        private static func packet(_ object: [String: Any]) -> Packet? {
            guard let number = object["packet"] as? Int, let inner = object["ipv6"] as? [String: Any] else {
                return nil
            }
            let ends = ["source", "destination"].compactMap { (object[$0] as? [String: Any])?["endpoint"] as? String }
            let outer = ends.flatMap { $0.split(separator: ":").map(String.init) }
            let addresses = ["source", "destination"].compactMap { inner[$0] as? String }
            let type = (object["icmpv6Type"] as? Int).map(String.init) ?? ""
            return Packet(number: number, fields: outer + addresses + [type])
        }

        private func size(_ file: String) throws -> Int {
            Int(try CommandOutput.run(["stat", "-c", "%s", file], limit: .seconds(2)).output.dropLast()) ?? 0
        }
    }
}
