import TeredoCrypto
import TeredoLab
import TeredoLinux
import TeredoSimulator
import TeredoWire
import Testing

extension SystemTests {
    /// The exchanges of Microsoft's overview, as they pass the wires of a real kernel.
    @Suite struct WireTests {
        @Test(
            "the real daemons exchange the packets of the figure, in its order",
            arguments: [
                Scenario.differentSitesRestricted, .clientToHostRelayRestricted, .hostRelayToClientRestricted,
                .clientToNativeRestricted, .nativeToClientRestricted,
            ]
        )
        func figure(scenario: Scenario) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let path = try #require(scenario.path)
            let observer = try WireObserver(lab)
            for role in try [lab.start(.server), lab.start(.relay)] { try lab.waitUntilServing(role) }
            if path.from == .hostRelay || path.to == .hostRelay {
                try lab.waitUntilServing(try lab.start(.hostRelay))
            }
            var addresses: [HostName: String] = [
                .native: KernelAddresses.native, .hostRelay: KernelAddresses.dualStackIPv6,
            ]
            for (host, name) in [(KernelHost.clientA, HostName.clientA), (.clientB, .clientB)] {
                try lab.start(.client, on: host, arguments: Self.plain)
                addresses[name] = "\(try lab.qualifiedAddress(of: host))"
            }
            // What the clients say at their start is no part of the figure.
            Pause.sleep(.milliseconds(500))
            _ = observer.exchange()
            let hosts: [HostName: KernelHost] = [
                .clientA: .clientA, .clientB: .clientB, .native: .native, .hostRelay: .dualStack,
            ]
            let target = try #require(addresses[path.to])
            #expect(try lab.ping(target, from: try #require(hosts[path.from]), count: 1).isReachable)
            let simulated = try scenario.run(seed: 1, authenticator: HMACSHA1Authenticator())
            #expect(observer.exchange().map(Self.words) == simulated.exchange.map(Self.words))
        }

        /// RFC 4380 alone, as in the figures, which have no questions to the router either.
        private static let plain = [
            "--disable-extension", "symmetric", "--disable-extension", "server-load-reduction", "--no-transit",
            "--port-mapping", "off",
        ]

        /// Who told what to whom, without the addresses.
        private static func words(_ entry: TraceEntry) -> String {
            let meaning = entry.meaning.split(separator: ", origin")[0]
            return "\(entry.sender) -> \(entry.receiver ?? "lost"): \(meaning)"
        }
    }
}
