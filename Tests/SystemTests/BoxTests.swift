import Foundation
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Boxes of the kernel that accept what comes in for themselves, and remember it (docs/nat-matrix.md, +M).
    @Suite struct BoxTests {
        /// The kinds with which at least one of two boxes accepts.
        private static func others(of kind: NATKind) -> [NATKind] {
            NATKind.kernelBoxKinds.filter { kind.forgetful != kind || $0.forgetful != $0 }
        }

        private static func isDirect(_ first: NATKind, _ second: NATKind) throws -> Bool {
            let kinds = try [first, second].map { try #require(NATKind(rawValue: $0.rawValue)) }
            return kinds[0].reachesDirectly(kinds[1])
        }

        @Test(
            "stray memory: boxes that accept and boxes that drop, every pair: both ways, directly where the NATs allow it",
            arguments: NATKind.kernelBoxKinds
        )
        func pairs(nat1: NATKind) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: nat1)
            defer { lab.close() }
            for router in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(router) }
            for isDirect in [true, false] {
                let others = try Self.others(of: nat1).filter { try Self.isDirect(nat1, $0) == isDirect }
                guard !others.isEmpty else { continue }
                if let old = lab.roles.last(where: { $0.host == .clientA }) { lab.stop(old) }
                let arguments = isDirect ? ["--no-transit"] : []
                try lab.start(.client, on: .clientA, arguments: arguments)
                let addressA = try lab.qualifiedAddress(of: .clientA)
                for nat2 in others {
                    if let old = lab.roles.last(where: { $0.host == .clientB }) { lab.stop(old) }
                    try lab.setNAT(of: .box2, to: nat2)
                    try lab.start(.client, on: .clientB, arguments: arguments)
                    let addressB = try lab.qualifiedAddress(of: .clientB)
                    let pings = try [
                        ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                        ("B -> A", lab.ping("\(addressA)", from: .clientB)),
                        ("native -> B", lab.ping("\(addressB)", from: .native)),
                    ]
                    for (name, ping) in pings {
                        #expect(ping.isComplete, "\(name), \(nat1) and \(nat2): \(ping)")
                    }
                    let first = pings[0].1.roundTrips.first
                    if let first { print("    \(nat1.rawValue) to \(nat2.rawValue): first after \(first) ms") }
                    #expect(first ?? 9999 < 1000, "the first packet, \(nat1) and \(nat2)")
                }
            }
        }

        @Test(
            "stray memory: with Miredo on the other side of two such boxes the pair connects when we send first, to a native host always",
            arguments: [NATKind.portRestrictedAccepting, .addressRestrictedAccepting]
        )
        func miredo(kind: NATKind) throws {
            try SystemTest.requirePrivileges(miredo: true)
            let lab = try SystemTest.lab(nat1: kind, nat2: kind)
            defer { lab.close() }
            for router in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(router) }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB, by: .miredo)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            let pings = try [
                ("ours -> Miredo", lab.ping("\(addressB)", from: .clientA)),
                ("Miredo -> ours", lab.ping("\(addressA)", from: .clientB)),
                ("Miredo -> native", lab.ping(KernelAddresses.native, from: .clientB)),
                ("native -> ours", lab.ping("\(addressA)", from: .native)),
            ]
            for (name, ping) in pings { #expect(ping.isReachable, "\(name), \(kind): \(ping)") }
        }

        @Test(
            "stray memory: a client behind a carrier's NAT opens both NATs, and no bubble of its gets as far as the other box"
        )
        func nested() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab(
                .nested,
                nat1: .portRestricted,
                nat2: .portRestrictedAccepting,
                clientArguments: ["--no-transit"]
            )
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isComplete)
            #expect(try lab.ping("\(addressA)", from: .clientB).isComplete)
        }

        private struct Report: Decodable {
            struct Problem: Decodable {
                let name: String
                let description: String
                let remedy: String
            }

            let verdict: String
            let works: Bool
            let problems: [Problem]
        }

        private func check(in lab: KernelLab, _ arguments: [String] = ["--json"]) throws -> String {
            let command = [SystemTest.binary, "check", "--server", KernelAddresses.server]
            return try lab[.clientA].run(command + arguments, limit: .seconds(30)).output
        }

        @Test("a box that remembers stray packets is named with its remedy, which works")
        func verdict() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: .portRestrictedAccepting)
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            let report = try JSONDecoder().decode(Report.self, from: Data(try check(in: lab).utf8))
            #expect(report.verdict == "stray-memory")
            #expect(report.works)
            #expect(report.problems.first?.description.contains(KernelAddresses.box1) == true)
            #expect(report.problems.first?.remedy.contains("ct state != established,related drop") == true)
            #expect(try check(in: lab, []).contains("Stray Packets"))
            try lab[.box1].configure(
                """
                nft add table inet filter
                nft add chain inet filter input '{ type filter hook input priority filter; }'
                nft add rule inet filter input iifname wan ct state != established,related drop
                """
            )
            let cured = try JSONDecoder().decode(Report.self, from: Data(try check(in: lab).utf8))
            #expect(cured.verdict == "works")
            #expect(!cured.problems.contains { $0.name == "stray-memory" })
        }

        @Test("a running client says in its status that its box remembers stray packets")
        func status() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: .portRestrictedAccepting)
            defer { lab.close() }
            try lab.waitUntilServing(lab.start(.server))
            let client = try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            // SEC-39: one solicitation in 4 s.
            let isTold = try lab.wait(upTo: .seconds(60)) {
                try lab.statusText(of: client)?.contains("Stray Packets") == true
            }
            let text = try lab.statusText(of: client) ?? ""
            #expect(isTold, "\(text)")
        }
    }
}
