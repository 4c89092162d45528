package import TeredoControl
import TeredoLinux
import TeredoPortMapping
package import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import TeredoWire

/// The reports behind the files in Tests/Golden: between them every key has every kind of value that it can have.
package enum GoldenSamples {
    /// A NAT as most homes have it.
    package static var restricted: NATReport {
        var report = StatusSamples.restricted
        report.primary = .answered(.nanoseconds(23_449_999))
        report.secondaryMappedEndpoint = endpoint("198.51.100.7:40003")
        return report
    }

    /// A NAT with everything that can be wrong.
    package static var symmetric: NATReport {
        var report = restricted
        report.mapping = .dependent
        report.filtering = .endpointIndependent
        report.portAssignment = .sequential(step: 2)
        report.hairpinning = .internalSource
        report.usesSeveralAddresses = true
        report.lifetime = .init(atLeast: .milliseconds(20_500), lessThan: .seconds(30))
        report.ignoredCount = 3
        return report
    }

    /// No NAT, and a server of which half is silent.
    package static var direct: NATReport {
        var report = restricted
        report.mapping = NATReport.Mapping.none
        report.filtering = .endpointIndependent
        report.portAssignment = .other
        report.hairpinning = NATReport.Hairpinning.none
        report.secondary = .silent
        report.lifetime = .init(atLeast: .seconds(180), lessThan: nil)
        return report
    }

    private static var counters: StatusCounters {
        var counters = StatusSamples.counters
        counters.packetsCarried = 5
        counters.connectivityTests = 2
        counters.icmpv6Errors = 1
        counters.icmpv4Errors = 4
        counters.dropSources = [
            DroppedSource(source: .address(ipv4("198.51.100.9")), datagrams: 12, sharePercent: 60, reason: .malformed)
        ]
        counters.system.datagramsRefused = 1
        counters.system.subscribersDropped = 2
        counters.system.congestionDropped = 3
        return counters
    }

    /// The roles of `teredo auto`.
    package static let roles = [
        RoleChange(age: .seconds(60), role: .client, cause: .noNativeIPv6, reason: "because of 1"),
        RoleChange(age: .seconds(120), role: .hostRelay, cause: .nativeIPv6, reason: "because of 2"),
        RoleChange(age: .seconds(180), role: .dormant, cause: .managedNetwork, reason: "because of 3"),
    ]

    /// A client of which everything is known; times have more digits than JSON shows.
    package static var qualified: ClientStatus {
        let servers = ServerList([.address(ipv4("192.0.2.1")), .name("teredo.example.org")])
        var status = ClientStatus(state: .qualified, serverNames: servers, interface: "teredo", counters: counters)
        status.identity.type = .enterpriseclient
        status.progress.cause = .answered
        status.progress.reason = "192.0.2.2 answered and sees us as 198.51.100.7:4096"
        status.progress.age = .milliseconds(192_999)
        status.progress.history = [
            StateChange(
                age: .milliseconds(192_999),
                state: .qualified,
                cause: .answered,
                reason: "192.0.2.2 answered and sees us as 198.51.100.7:4096"
            ),
            StateChange(
                age: .seconds(200),
                state: .qualifying,
                phase: .secondary,
                cause: .answered,
                reason: "192.0.2.1 answered and sees us as 198.51.100.7:4096"
            ),
            StateChange(
                age: .seconds(201),
                state: .qualifying,
                phase: .restricted,
                cause: .serverResolved,
                reason: "server is 192.0.2.1"
            ),
            StateChange(age: .seconds(202), state: .qualifying, phase: .resolving, cause: .started, reason: "started"),
            StateChange(age: .seconds(210), state: .offline, cause: .networkLost, reason: "no IPv4 address left"),
        ]
        status.identity.roles = roles
        status.identity.address = TeredoAddress(ipv6("2001:0:c000:201:2cad:efff:39cc:9bf8"))
        status.servers.primary = ipv4("192.0.2.1")
        status.servers.secondary = ipv4("192.0.2.2")
        status.servers.health = healths
        status.mapping.mappedEndpoint = endpoint("198.51.100.7:4096")
        status.mapping.localEndpoint = endpoint("192.168.1.5:4096")
        status.mapping.clientPort = 4096
        status.identity.network = .unmanaged
        status.mapping.nat = NATStatus(natClass: .restricted, isPortPreserving: true, isDirect: false)
        status.mapping.nat.behavior = NATBehaviorStatus(restricted)
        status.mapping.nat.observation.leastLifetime = .milliseconds(60_500)
        status.dataPath.mtu = 1400
        status.dataPath.offloads = [.tso, .udpGSO]
        status.dataPath.workers = 2
        status.dataPath.choice = .ebpf
        status.dataPath.kernelPeers = 1
        status.mapping.refreshInterval = .milliseconds(60_500)
        status.mapping.portMapping = PortMappingStatus(
            mappingProtocol: .natPMP,
            external: endpoint("198.51.100.7:4096"),
            remaining: .milliseconds(7_200_999),
            isReachable: true
        )
        status.traffic.transitRelay = endpoint("198.51.100.1:3545")
        status.traffic.nativeIPv6 = NativeStatus(hostsTried: 4, hostsAnswered: 3, lastAnswer: .milliseconds(9999))
        status.traffic.inbound = inbound
        status.traffic.peers = 2
        status.identity.uptime = .milliseconds(3_725_999)
        return status
    }

    /// A filter with all that it can say.
    private static var inbound: InboundStatus {
        let source = ipv6("2001:db8::7")
        let refusals = InboundRefusals(
            packets: 7,
            kinds: [
                InboundRefusals.Kind(source: source, protocolNumber: 47, port: 0, packets: 2),
                InboundRefusals.Kind(source: source, protocolNumber: 6, port: 22, packets: 4),
            ]
        )
        let rules = [
            InboundRule(.ports(.tcp, 22...22), from: IPv6Prefix(ipv6("2001:db8::"), length: 32)), InboundRule(.all),
        ]
        return InboundStatus(mode: .filtered, allowed: rules, otherFilter: true, refusals: refusals)
    }

    private static var healths: [ServerHealthStatus] {
        [
            ServerHealthStatus(
                address: ipv4("192.0.2.1"),
                secondaryAddress: ipv4("192.0.2.2"),
                state: .inUse,
                roundTrip: .microseconds(9412),
                answered: .milliseconds(1001),
                unanswered: 0,
                listed: true
            ),
            ServerHealthStatus(address: ipv4("192.0.2.5"), state: .silent, unanswered: 3, listed: false),
            ServerHealthStatus(
                address: ipv4("192.0.2.7"),
                secondaryAddress: ipv4("192.0.2.8"),
                state: .standby,
                roundTrip: .microseconds(29_999),
                answered: .milliseconds(999),
                unanswered: 0,
                listed: true
            ),
            ServerHealthStatus(address: ipv4("192.0.2.9"), state: .unknown, unanswered: 0, listed: true),
        ]
    }

    /// A client behind a symmetric NAT whose router speaks UPnP in vain.
    package static var unlucky: ClientStatus {
        var status = qualified
        status.mapping.portMapping = PortMappingStatus(
            mappingProtocol: .upnp,
            external: endpoint("198.51.100.7:4096"),
            remaining: nil,
            isReachable: false
        )
        status.mapping.nat = NATStatus(natClass: .symmetric, isPortPreserving: false, isDirect: false)
        status.mapping.nat.behavior = NATBehaviorStatus(symmetric)
        status.mapping.nat.observation.isBeingDiagnosed = true
        status.traffic.nativeIPv6 = NativeStatus(hostsTried: 2, hostsAnswered: 0)
        status.identity.roles = nil
        return status
    }

    /// A client without a NAT.
    package static var open: ClientStatus {
        var status = qualified
        status.mapping.nat = NATStatus(natClass: .cone, isPortPreserving: nil, isDirect: true)
        status.mapping.nat.behavior = NATBehaviorStatus(direct)
        status.dataPath.interfaceFaults = [InterfaceFault(kind: .addressMissing, description: "teredo has no address")]
        return status
    }

    /// A proxy that has no room for another connection, and no address either.
    package static var fullProxy: ClientStatus {
        var status = offline
        status.traffic.proxy = ProxyStatus(connections: 512, connectionLimit: 512, refusedRequests: 3)
        return status
    }

    /// A client without service.
    package static var offline: ClientStatus {
        var status = ClientStatus(
            state: .offline,
            serverNames: ServerList([.name("teredo.example.org")]),
            interface: "teredo",
            counters: counters
        )
        status.progress.cause = .noAnswer
        status.progress.reason = "no answer from 192.0.2.1 to 3 solicitations"
        status.progress.age = .seconds(5)
        status.progress.retry = .milliseconds(8999)
        status.servers.primary = ipv4("192.0.2.1")
        return status
    }

    /// A client of which next to nothing is known yet.
    package static var resolving: ClientStatus {
        var status = offline
        status.progress.state = .qualifying
        status.progress.phase = .resolving
        status.progress.cause = .started
        status.progress.reason = "started"
        status.progress.age = .zero
        status.progress.retry = nil
        status.servers.primary = nil
        return status
    }

    /// A server with everything.
    package static var server: ServerStatus {
        var status = ServerStatus(
            primary: endpoint("192.0.2.1:3544"),
            secondary: endpoint("192.0.2.2:3544"),
            counters: counters
        )
        status.requiresAuthentication = true
        status.secrets = 2
        status.forwardsNative = true
        status.xdp = .native
        status.xdpInterfaces = ["eth0", "eth1"]
        status.xdpAnswered = 17
        status.workers = 4
        status.uptime = .seconds(93_600)
        return status
    }

    /// A server with one address.
    package static var singleServer: ServerStatus {
        var status = ServerStatus(primary: endpoint("192.0.2.1:3544"), secondary: nil, counters: counters)
        status.uptime = .milliseconds(3500)
        return status
    }

    /// A relay for routers, with transit.
    package static var relay: RelayStatus {
        var status = StatusSamples.relay
        status.counters = counters
        status.service.inbound = InboundStatus(mode: .open, otherFilter: false)
        status.service.masquerade = true
        status.service.transitClients = 3
        status.identity.uptime = .milliseconds(59_999)
        return status
    }

    /// The relay while it drains.
    package static var drainingRelay: RelayStatus {
        var status = relay
        status.identity.state = .draining
        status.service.announcement = AnnouncementStatus(
            table: 3544,
            state: .withdrawn,
            reason: "draining",
            prefixes: ["2001::/32"]
        )
        status.service.drain = DrainStatus(remaining: .milliseconds(41_900), clients: 3)
        return status
    }

    /// The server with one address, announced, while it drains.
    package static var announcedServer: ServerStatus {
        var status = singleServer
        status.announcement = AnnouncementStatus(table: 4_000_000_000, state: .announced, prefixes: ["192.0.2.1/32"])
        status.state = .draining
        status.drain = DrainStatus(remaining: .seconds(7), clients: nil)
        return status
    }

    /// A host-specific relay that `teredo auto` runs.
    package static var hostRelay: RelayStatus {
        var status = RelayStatus(
            role: .hostRelay,
            localEndpoint: endpoint("0.0.0.0:40000"),
            interface: "teredo",
            counters: counters
        )
        status.service.ownAddresses = [ipv6("2001:db8::1"), ipv6("2001:db8::2")]
        status.dataPath.offloads = [.uso]
        status.dataPath.workers = 2
        status.dataPath.choice = .ebpf
        status.dataPath.kernelPeers = 4
        status.identity.roles = roles
        status.dataPath.interfaceFaults = [InterfaceFault(kind: .mtu, description: "teredo has an MTU of 1300")]
        return status
    }

    /// A peer of each kind.
    package static var peers: [PeerStatus] {
        [
            PeerStatus(
                address: ipv6("2001:0:c000:2ff:2cad:efff:39cc:1000"),
                path: .direct,
                endpoint: endpoint("198.51.100.200:40000"),
                heard: .milliseconds(65_999),
                symmetricNAT: true,
                endpointKept: false,
                roundTrip: .microseconds(23_449),
                octetsReceived: 1_234_567,
                octetsSent: 640,
                extensions: true
            ),
            PeerStatus(
                address: ipv6("2001:0:c000:2ff:2cad:efff:39cc:1001"),
                path: .contacting,
                endpoint: endpoint("198.51.100.200:40001"),
                symmetricNAT: false,
                extensions: false
            ),
            PeerStatus(
                address: ipv6("2001:db8::7"),
                path: .relay,
                endpoint: endpoint("203.0.113.17:3545"),
                heard: .milliseconds(999),
                symmetricNAT: false,
                roundTrip: .microseconds(30_950),
                octetsReceived: 0,
                octetsSent: 0,
                extensions: false
            ),
            PeerStatus(
                address: ipv6("2001:0:c000:2ff:2cad:efff:39cc:1002"),
                path: .transit,
                endpoint: endpoint("198.51.100.1:3545"),
                heard: .seconds(2),
                symmetricNAT: true,
                endpointKept: true,
                roundTrip: .microseconds(149),
                extensions: true
            ),
            PeerStatus(
                address: ipv6("2001:db8::8"),
                path: .idle,
                endpoint: UDPEndpoint(.unspecified, 0),
                symmetricNAT: false,
                extensions: false
            ),
        ]
    }
}
