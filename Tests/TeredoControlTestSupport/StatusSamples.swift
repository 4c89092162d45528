package import TeredoControl
import TeredoLinux
package import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import TeredoWire

/// Reports with known content.
package enum StatusSamples {
    package static var counters: StatusCounters {
        var traffic = TrafficCounters()
        traffic.datagramsReceived = 120
        traffic.octetsReceived = 90_000
        traffic.datagramsSent = 118
        traffic.octetsSent = 80_000
        traffic.packetsDelivered = 100
        traffic.packetsAccepted = 99
        traffic.bubblesReceived = 3
        traffic.bubblesSent = 4
        traffic.solicitations = 7
        traffic.advertisements = 6
        traffic.drops.record(.malformed, amount: 2)
        traffic.drops.record(.rateLimited, amount: 9)
        return StatusCounters(traffic, system: SystemCounters())
    }

    package static var qualified: ClientStatus {
        var status = ClientStatus(
            state: .qualified,
            serverNames: ServerList([.name("teredo.example.org")]),
            interface: "teredo",
            counters: counters
        )
        status.progress.cause = .answered
        status.progress.reason = "192.0.2.2 answered and sees us as 198.51.100.7:4096"
        status.progress.age = .seconds(192)
        status.identity.address = TeredoAddress(ipv6("2001:0:c000:201:2cad:efff:39cc:9bf8"))
        status.servers.primary = IPv4Address(192, 0, 2, 1)
        status.servers.secondary = IPv4Address(192, 0, 2, 2)
        status.servers.health = [
            ServerHealthStatus(
                address: IPv4Address(192, 0, 2, 1),
                secondaryAddress: IPv4Address(192, 0, 2, 2),
                state: .inUse,
                roundTrip: .microseconds(9400),
                answered: .seconds(1),
                unanswered: 0,
                listed: true
            )
        ]
        status.mapping.mappedEndpoint = endpoint("198.51.100.7:4096")
        status.mapping.localEndpoint = endpoint("192.168.1.5:4096")
        status.mapping.clientPort = 4096
        status.identity.network = .unmanaged
        status.mapping.nat = NATStatus(natClass: .restricted, isPortPreserving: true, isDirect: false)
        status.mapping.nat.behavior = NATBehaviorStatus(restricted)
        status.mapping.nat.observation.leastLifetime = .seconds(60)
        status.traffic.nativeIPv6 = NativeStatus(hostsTried: 4, hostsAnswered: 3, lastAnswer: .seconds(9))
        status.traffic.peers = 2
        status.dataPath.offloads = [.tso, .udpGSO]
        status.identity.uptime = .seconds(3725)
        return status
    }

    /// More changes of state than are shown.
    package static var history: [StateChange] {
        (1...6).map { number in
            let isQualified = !number.isMultiple(of: 2)
            return StateChange(
                age: .seconds(number),
                state: isQualified ? .qualified : .qualifying,
                phase: isQualified ? nil : .cone,
                cause: .started,
                reason: "because of \(number)"
            )
        }
    }

    /// What a diagnosis finds out behind a usual home router.
    package static var restricted: NATReport {
        var report = NATReport(
            server: ServerAddresses(primary: IPv4Address(192, 0, 2, 1), secondary: IPv4Address(192, 0, 2, 2))
        )
        report.primary = .answered(.microseconds(23_449))
        report.secondary = .answered(.microseconds(9850))
        report.localEndpoint = UDPEndpoint(IPv4Address(192, 168, 1, 5), 40_001)
        report.mappedEndpoint = UDPEndpoint(IPv4Address(198, 51, 100, 7), 40_001)
        report.secondaryMappedEndpoint = report.mappedEndpoint
        report.mapping = .endpointIndependent
        report.filtering = .dependent
        report.portAssignment = .preserved
        report.hairpinning = .externalSource
        report.usesSeveralAddresses = false
        return report
    }

    package static var offline: ClientStatus {
        var status = qualified
        status.progress.state = .offline
        status.progress.cause = .noAnswer
        status.progress.reason = "no answer from 192.0.2.1 to 3 solicitations"
        status.progress.age = .seconds(5)
        status.progress.retry = .seconds(8)
        status.identity.address = nil
        status.servers.secondary = nil
        status.mapping.mappedEndpoint = nil
        status.mapping.localEndpoint = nil
        status.mapping.clientPort = nil
        status.identity.network = nil
        status.mapping.nat = NATStatus(natClass: nil, isPortPreserving: nil, isDirect: false)
        return status
    }

    /// What is in the way of the client that is offline.
    package static let offlineCheck = ClientCheck(
        verdict: .problem(.notQualified),
        works: false,
        problems: [
            CheckProblem(
                name: .notQualified,
                description: "the running client has no address: no answer from 192.0.2.1 to 3 solicitations",
                remedy: "see what a check of the network finds"
            )
        ]
    )

    package static var server: ServerStatus {
        var status = ServerStatus(
            primary: endpoint("192.0.2.1:3544"),
            secondary: endpoint("192.0.2.2:3544"),
            counters: counters
        )
        status.forwardsNative = true
        status.uptime = .seconds(86_400 + 7200)
        return status
    }

    /// A gateway with one address.
    package static var gateway: GatewayStatus {
        var server = server
        server.secondary = nil
        var relay = relay
        relay.identity.state = .draining
        relay.service.announcement = AnnouncementStatus(
            table: 3544,
            state: .withdrawn,
            reason: "draining",
            prefixes: ["2001::/32", "192.0.2.1/32"]
        )
        relay.service.drain = DrainStatus(remaining: .seconds(42), clients: 1)
        return GatewayStatus(server: server, relay: relay, uptime: .seconds(59))
    }

    package static var relay: RelayStatus {
        var status = RelayStatus(
            role: .relay,
            localEndpoint: endpoint("203.0.113.1:3545"),
            interface: "teredo",
            counters: counters
        )
        status.service.servedPrefixes = [IPv6Prefix(ipv6("2001:db8::"), length: 32)]
        status.service.ownAddresses = [ipv6("2001:db8::1")]
        status.peers.count = 12
        status.peers.trusted = 10
        status.peers.limit = 65_536
        status.service.forwarding = false
        status.identity.uptime = .seconds(59)
        return status
    }

    /// Roles of `teredo auto`, more than people are shown.
    package static let roles = (1...6).map { number in
        RoleChange(
            age: .seconds(number * 60),
            role: number.isMultiple(of: 2) ? .client : .hostRelay,
            cause: number.isMultiple(of: 2) ? .noNativeIPv6 : .nativeIPv6,
            reason: "because of \(number)"
        )
    }

    package static let dormant = DormantStatus(
        cause: .managedNetwork,
        reason: "because of 1",
        network: .managed,
        roles: roles,
        uptime: .seconds(60)
    )
}
