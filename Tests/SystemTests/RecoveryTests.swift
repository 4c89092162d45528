import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What a client does when the network under it changes or fails.
    @Suite struct RecoveryTests {
        @Test(
            "SEC-39: after a server outage of 30 s the client is qualified again within 10 s, one solicitation per 4 s"
        )
        func shortOutage() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            // A short refresh interval makes the client notice the outage early and go off-line during it.
            let (lab, _, _) = try SystemTest.runningLab(clientArguments: ["--refresh-interval", "5"])
            defer { lab.close() }
            let sniffer = try Sniffer(on: .internet, of: lab)
            defer { sniffer.stop() }
            try lab.setServerOutage(true)
            // A blocking pause: a task that sleeps wakes up late while other tests keep all threads busy.
            Pause.sleep(.seconds(30))
            #expect(try lab.teredoAddress(of: .clientA) == nil, "the address is withdrawn during the outage")
            try lab.setServerOutage(false)
            #expect(try lab.wait(upTo: .seconds(10)) { try lab.teredoAddress(of: .clientA) != nil })
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            // Solicitations that were answered are followed by others at once (to the secondary server); the rule is
            // about those that nobody answers, of the service port: what finds out the kind of NAT asks from a port of its own.
            let all = sniffer.sightings.filter {
                $0.kind == "RS" && $0.source.hasPrefix("\(KernelAddresses.box1):")
            }
            let service = try #require(all.first).source
            let solicitations = all.filter { $0.source == service }
            let answers = sniffer.sightings.filter { $0.kind == "RA" }
            try #require(solicitations.count >= 4, "the client kept trying: \(solicitations)")
            for (earlier, later) in zip(solicitations, solicitations.dropFirst()) {
                let isAnswered = answers.contains { $0.time >= earlier.time && $0.time <= later.time }
                #expect(isAnswered || later.time - earlier.time > 3.9, "\(earlier) then \(later)")
            }
        }

        @Test("SEC-39: after a server outage of two minutes the client is qualified again within 65 s")
        func longOutage() async throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            lab.kill(server)
            // At least two minutes; more, while other tests keep all threads busy, does no harm here.
            try await Task.sleep(for: .seconds(120))
            #expect(try lab.teredoAddress(of: .clientA) == nil, "the address is withdrawn during the outage")
            try lab.start(.server)
            #expect(try lab.wait(upTo: .seconds(65)) { try lab.teredoAddress(of: .clientA) != nil })
        }

        @Test("a client whose IPv4 address changes qualifies again at once")
        func addressChange() throws {
            try SystemTest.requirePrivileges()
            let (lab, before, _) = try SystemTest.runningLab()
            defer { lab.close() }
            try lab.setAddress(of: .clientA, isPublic: false, last: 77)
            var after: TeredoAddress?
            let changed = try lab.wait(upTo: .seconds(20)) {
                after = try lab.teredoAddress(of: .clientA)
                return after != nil && after != before
            }
            #expect(changed, "still \(before)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(try #require(after))", from: .native).isReachable)
        }

        @Test("a client that loses its IPv4 address withdraws its Teredo address, and qualifies when it has one again")
        func addressLost() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, _) = try SystemTest.runningLab()
            defer { lab.close() }
            try lab[.clientA].configure("ip address flush dev eth0 scope global")
            #expect(try lab.wait(upTo: .seconds(10)) { try lab.teredoAddress(of: .clientA) == nil })
            try lab.setAddress(of: .clientA, isPublic: false)
            #expect(try lab.wait(upTo: .seconds(10)) { try lab.teredoAddress(of: .clientA) != nil })
        }
    }
}
