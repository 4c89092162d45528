import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// A client that is told to have no port forwarded any more, by a router that does not answer.
    @Suite struct PortMappingChangeTests {
        @Test("packets flow while a silent router is asked to remove the mapping, in a running client and at its end")
        func removal() throws {
            try SystemTest.requirePrivileges(miniupnpd: true)
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let router = try lab.startPortMapper(on: .box1)
            defer { router.terminate() }
            for role in [LabRole.server, .relay] { try lab.waitUntilServing(try lab.start(role)) }
            Pause.sleep(.milliseconds(500))
            let file = "\(lab.directory)/client.yaml"
            try Data("port-mapping: auto\n".utf8).write(to: URL(filePath: file))
            let client = try lab.start(.client, on: .clientA, arguments: ["--config", file])
            _ = try lab.qualifiedAddress(of: .clientA)
            try wait(for: client, untilItSays: "the router forwards")
            // A path to the peer that needs nobody any more.
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)

            // A router that is stopped takes datagrams, so that nothing refuses them, and answers none.
            router.signal(19)
            defer { router.signal(18) }
            try Data("port-mapping: off\n".utf8).write(to: URL(filePath: file))
            client.process.signal(1)
            // Reading the settings takes its time too, and is over when this is said; the router now has half a second.
            try wait(for: client, untilItSays: "settings read again: port-mapping changed")
            try expectFlow(of: client, in: lab)

            try Data("port-mapping: auto\n".utf8).write(to: URL(filePath: file))
            router.signal(18)
            client.process.signal(1)
            #expect(try lab.wait(upTo: .seconds(20)) { client.log.split(separator: "the router forwards").count == 3 })
            router.signal(19)
            client.process.signal(15)
            try wait(for: client, untilItSays: "ending: received SIGTERM")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA, interval: 0.02).isReachable, "\(client.log)")
            #expect(lab.stop(client) == .exited(0), "\(client.log)")
            #expect(client.log.contains("ended: interface"), "\(client.log)")
        }

        /// Waits, with little delay, until a role has logged a line.
        private func wait(for role: RunningRole, untilItSays text: String) throws {
            let end = MonotonicClock.now + .seconds(20)
            while !role.log.contains(text), MonotonicClock.now < end { Pause.sleep(.milliseconds(2)) }
            try #require(role.log.contains(text), "\(role.log)")
        }

        /// Pings for a while: no packet waits for long, and none is bought with spinning.
        private func expectFlow(of client: RunningRole, in lab: KernelLab) throws {
            let ticks = try processorTicks(of: client)
            let result = try lab.ping(KernelAddresses.native, from: .clientA, count: 30, interval: 0.02)
            let spent = try processorTicks(of: client) - ticks
            #expect(result.isComplete, "\(result)")
            #expect(try #require(result.roundTrips.max()) < 250, "\(result)")
            // Half a second of spinning would be 50.
            #expect(spent < 25, "hundredths of a second")
        }

        /// The processor time of a role in hundredths of a second.
        private func processorTicks(of role: RunningRole) throws -> Int {
            let path = "/proc/\(role.process.processIdentifier)/stat"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // utime and stime are fields 14 and 15; what comes before field 3 may have blanks in it.
            let fields = try #require(text.split(separator: ")").last).split(separator: " ")
            return fields[11...12].compactMap { Int($0) }.reduce(0, +)
        }
    }
}
