import Foundation
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// docs/fleet.md section 11: what one member of a fleet handed out another one accepts, if it has the same key.
    @Suite struct FleetKeyTests {
        private static let first = "hex:00112233445566778899aabbccddeeff0001"
        private static let second = "hex:ffeeddccbbaa99887766554433221100fffe"
        private static let third = "hex:0123456789abcdef0123456789abcdef4711"

        /// A file with keys, which only its owner can read.
        private struct KeyFile {
            let path: String

            init(_ name: String, _ keys: [String], in lab: KernelLab) throws {
                path = "\(lab.directory)/\(name)"
                try write(keys)
            }

            func write(_ keys: [String]) throws {
                try? FileManager.default.removeItem(atPath: path)
                let text = keys.joined(separator: "\n") + "\n"
                let isWritten = FileManager.default.createFile(
                    atPath: path,
                    contents: Data(text.utf8),
                    attributes: [.posixPermissions: 0o600]
                )
                try #require(isWritten)
            }

            /// The words that have a role use the file: by settings, without which SIGHUP has nothing to read.
            var arguments: [String] {
                get throws {
                    let settings = "\(path).yaml"
                    try "fleet-key-file: \(path)\n".write(toFile: settings, atomically: false, encoding: .utf8)
                    return ["--config", settings]
                }
            }
        }

        /// Has a role read other keys, and waits until it says that it did.
        private static func reload(_ role: RunningRole, _ file: KeyFile, _ keys: [String], in lab: KernelLab) throws {
            try file.write(keys)
            let before = role.log.count
            role.process.signal(1)
            let line = "fleet key file read again: \(keys.count == 1 ? "1 key holds" : "\(keys.count) keys hold")"
            let isRead = try lab.wait(upTo: .seconds(5)) { role.log.dropFirst(before).contains(line) }
            try #require(isRead, "\(role.role) on \(role.host): \(role.log.dropFirst(before))")
        }

        private struct Status: Decodable {
            struct Counters: Decodable {
                let drops: [String: Int]
            }
            let trustedPeers: Int
            let counters: Counters
        }

        private static func status(of relay: RunningRole, in lab: KernelLab) throws -> Status {
            let text = try #require(try lab.status(of: relay))
            return try JSONDecoder().decode(Status.self, from: Data(text.utf8))
        }

        /// Two relays with a key file each, on the relay's and the dual-stack host, and two clients. What clients send to the first relay
        /// comes to the second one, as when a router leads the address of a member to another.
        private static func lab(
            _ keys: (first: [String], second: [String])
        ) throws -> (lab: KernelLab, relays: [RunningRole], files: [KeyFile]) {
            let lab = try SystemTest.lab()
            lab.hasTransit = false
            try lab[.dualStack].configure(
                """
                ip address change \(KernelAddresses.dualStackIPv6)/64 dev eth0
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                """
            )
            let files = [try KeyFile("first", keys.first, in: lab), try KeyFile("second", keys.second, in: lab)]
            var relays = [try lab.start(.relay, arguments: files[0].arguments)]
            lab.roleAddresses.relay = KernelAddresses.dualStack
            relays.append(try lab.start(.relay, on: .dualStack, arguments: files[1].arguments))
            let server = try lab.start(.server)
            for role in relays + [server] { try lab.waitUntilServing(role) }
            for client in [KernelHost.clientA, .clientB] {
                try lab.start(.client, on: client, arguments: ["--allow", "all"])
            }
            for client in [KernelHost.clientA, .clientB] { _ = try lab.qualifiedAddress(of: client) }
            try lab.load(
                rules: """
                    table ip divert {
                        chain prerouting {
                            type nat hook prerouting priority dstnat
                            ip saddr 203.0.113.0/24 ip daddr \(KernelAddresses.relay) udp dport \(KernelLab.relayPort) \
                    dnat to \(KernelAddresses.dualStack)
                        }
                    }
                    """,
                on: .internet
            )
            return (lab, relays, files)
        }

        /// Whether a client's answer to the bubble of the first relay makes the second one trust the client.
        private static func isTaken(_ client: KernelHost, _ relays: [RunningRole], _ lab: KernelLab) throws -> Bool {
            let before = try status(of: relays[1], in: lab).trustedPeers
            let address = "\(try #require(try lab.teredoAddress(of: client)))"
            // The router leads to the first relay; nothing comes back, because the second one has no packet for the client.
            _ = try lab.ping(address, from: .native, count: 3)
            return try lab.wait(upTo: .seconds(2)) { try status(of: relays[1], in: lab).trustedPeers > before }
        }

        @Test(
            "Y5: a client's answer to the bubble of one relay is taken by another with the same key, and with no other"
        )
        func bubbles() throws {
            try SystemTest.requirePrivileges()
            let (lab, relays, files) = try Self.lab(([Self.first], [Self.second]))
            defer { lab.close() }
            #expect(try !Self.isTaken(.clientA, relays, lab))
            let refused = try Self.status(of: relays[1], in: lab).counters.drops
            #expect(refused.values.reduce(0, +) > 0, "what is refused is counted: \(refused)")
            // Old and new: the first still makes with the old one, then with the new one; both are taken.
            try Self.reload(relays[1], files[1], [Self.second, Self.first], in: lab)
            #expect(try Self.isTaken(.clientA, relays, lab), "\(relays[1].log)")
            try Self.reload(relays[0], files[0], [Self.second, Self.first], in: lab)
            #expect(try Self.isTaken(.clientB, relays, lab), "\(relays[1].log)")
        }

        @Test("keys are rotated on server and relay without the loss of a packet, and first contacts work at each step")
        func rotation() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = try KeyFile("key", [Self.first], in: lab)
            let roles = try [LabRole.server, .relay].map { role in
                try lab.start(role, arguments: file.arguments)
            }
            for role in roles { try lab.waitUntilServing(role) }
            for client in [KernelHost.clientA, .clientB] {
                try lab.start(.client, on: client, arguments: ["--allow", "all"])
            }
            let address = "\(try lab.qualifiedAddress(of: .clientA))"
            let other = "\(try lab.qualifiedAddress(of: .clientB))"
            let steps = [
                [Self.first, Self.second], [Self.second, Self.first], [Self.second], [Self.second, Self.third],
            ]
            let flow = try EchoFlow.measure(from: .native, to: address, in: lab) {
                for (number, keys) in steps.enumerated() {
                    for role in roles { try Self.reload(role, file, keys, in: lab) }
                    let source = "2400:1:0:3::\(number + 2)"
                    try lab[.native].configure("ip address add \(source)/64 dev eth0 nodad")
                    let contact = try lab[.native].run(
                        ["ping", "-6", "-n", "-c", "1", "-W", "3", "-I", source, other],
                        limit: .seconds(10)
                    )
                    #expect(contact.isSuccess, "step \(number): \(contact.output)")
                }
            }
            print("    fleet: keys rotated: \(flow.lost) lost, longest gap \(flow.gap) ms")
            #expect(flow.lost == 0, "\(flow)")
            // A file that is no key file leaves everything as it is.
            try file.write(["short"])
            let before = roles[1].log.count
            roles[1].process.signal(1)
            #expect(
                try lab.wait(upTo: .seconds(5)) { roles[1].log.dropFirst(before).contains("16 are the least") },
                "\(roles[1].log.dropFirst(before))"
            )
            #expect(try lab.ping(address, from: .native).isReachable)
        }

        @Test("a server whose solicitations XDP answers reads its keys again too")
        func rotationWithXDP() throws {
            try SystemTest.requirePrivileges()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let file = try KeyFile("key", [Self.first], in: lab)
            let server = try lab.start(.server, arguments: ["--xdp", "generic"] + file.arguments)
            try lab.waitUntilServing(server)
            try Self.reload(server, file, [Self.first, Self.second], in: lab)
            try Self.reload(server, file, [Self.second], in: lab)
            #expect(!server.log.contains("need a restart"), "\(server.log)")
        }

        @Test("SEC-61: servers with the same secrets file serve each other's clients, anycast, and others do not")
        func secureQualification() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            lab.hasTransit = false
            let secrets = try KeyFile("secrets", ["alice \(Self.first)"], in: lab)
            let strangers = try KeyFile("strangers", ["alice \(Self.second)"], in: lab)
            let secret = try KeyFile("secret", ["alice \(Self.first)"], in: lab)
            let fleet = try KeyFile("key", [Self.third], in: lab)
            let addresses = [KernelAddresses.server, KernelAddresses.secondaryServer]
            try lab[.dualStack].configure(addresses.map { "ip address add \($0)/32 dev lo" }.joined(separator: "\n"))
            func server(on host: KernelHost, _ secrets: KeyFile) throws -> RunningRole {
                let role = try lab.start(
                    .server,
                    on: host,
                    arguments: ["--secrets-file", secrets.path, "--require-authentication"] + fleet.arguments
                )
                try lab.waitUntilServing(role)
                return role
            }
            _ = try server(on: .server, secrets)
            let other = try server(on: .dualStack, secrets)
            let relay = try lab.start(.relay, arguments: fleet.arguments)
            try lab.waitUntilServing(relay)
            let credentials = ["--allow", "all", "--client-id", "alice", "--secret-file", secret.path]
            try lab.start(.client, on: .clientA, arguments: credentials)
            let first = "\(try lab.qualifiedAddress(of: .clientA))"
            // From now on all comes to the other member.
            for address in addresses {
                let route = ["ip", "route", "replace", "\(address)/32", "via", KernelAddresses.dualStack]
                #expect(try lab[.internet].run(route).isSuccess)
            }
            #expect(try lab.ping(first, from: .native).isReachable, "a client of the one, through the other")
            let client = try lab.start(.client, on: .clientB, arguments: credentials)
            let second = "\(try lab.qualifiedAddress(of: .clientB))"
            #expect(try lab.ping(second, from: .native).isReachable)
            lab.stop(client)
            lab.stop(other)
            _ = try server(on: .dualStack, strangers)
            let stranger = try lab.start(.client, on: .clientB, arguments: credentials)
            #expect(try !lab.wait(upTo: .seconds(8)) { try lab.teredoAddress(of: .clientB) != nil }, "\(stranger.log)")
        }
    }
}
