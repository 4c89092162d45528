import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Turns the reports of a role into samples.
struct RoleMetrics: Sendable {
    /// What counts within a role: a gateway has a server and a relay.
    enum Part: String, Hashable, Sendable {
        case client
        case server
        case relay
    }

    /// The samples so far.
    private(set) var text = MetricsText()
    private let role: String

    init(role: Role) {
        self.role = role.rawValue
        text.add(.buildInfo, [self.role, ProgramVersion.text], MetricValue(1))
    }

    /// What the process takes.
    mutating func add(_ usage: ProcessUsage, started: WallTime) {
        add(.startTime, started.sinceEpoch)
        if let octets = usage.residentOctets { add(.residentMemory, octets) }
        if let time = usage.processorTime { add(.processorTime, time) }
        if let count = usage.openDescriptors { add(.openDescriptors, count) }
        if let limit = usage.descriptorLimit { add(.descriptorLimit, limit) }
    }

    /// What the role says of itself.
    mutating func add(_ status: StatusReport) {
        switch status {
        case .client(let status): add(status)
        case .server(let status): add(status, isAlone: true)
        case .relay(let status): add(status)
        case .gateway(let status):
            add(status.server, isAlone: false)
            add(status.relay)
        case .dormant: break
        }
    }

    /// What the role measured.
    mutating func add(_ measurements: RoleMeasurements, part: Part?) {
        guard let part else { return }
        if let count = measurements.queuedPackets { add(.queuedPackets, part, count) }
        if let octets = measurements.queuedOctets { add(.queuedOctets, part, octets) }
        if let histogram = measurements.qualifications { add(.qualification, part, histogram) }
        guard let contacts = measurements.contacts else { return }
        add(.firstContact, part, contacts.firstContacts)
        add(.peerRoundTrip, part, contacts.roundTrips)
        add(.queueWait, part, contacts.queueTimes)
    }

    private mutating func add(_ status: ClientStatus) {
        let part = Part.client
        add(.subscribersDropped, status.traffic.counters.system.subscribersDropped)
        add(status.traffic.counters, part, hasInterface: true)
        add(.workers, part, status.dataPath.workers)
        for state in ConnectivityState.allCases {
            text.add(.state, [role, part.rawValue, state.rawValue], MetricValue(status.progress.state == state))
        }
        add(status.traffic.inbound, part)
        add(.peers, part, status.traffic.peers)
        add(.kernelPeers, part, status.dataPath.kernelPeers)
        add(.interfaceFaults, part, status.dataPath.interfaceFaults.count)
        add(.interfaceRestorations, part, status.dataPath.interfaceRestorations)
        add(.refreshInterval, part, status.mapping.refreshInterval)
        add(.portMapping, part, status.mapping.portMapping?.isReachable == true ? 1 : 0)
        add(.nativeHostsTried, part, status.traffic.nativeIPv6.hostsTried)
        add(.nativeHostsAnswered, part, status.traffic.nativeIPv6.hostsAnswered)
        for server in status.servers.health {
            let labels = [role, part.rawValue, server.address.description]
            text.add(.serverInUse, labels, MetricValue(server.state == .inUse))
            if let roundTrip = server.roundTrip { text.add(.serverRoundTrip, labels, MetricValue(roundTrip)) }
            text.add(.serverUnanswered, labels, MetricValue(server.unanswered))
        }
    }

    /// A server that is part of a gateway leaves what belongs to the whole process to the relay.
    private mutating func add(_ status: ServerStatus, isAlone: Bool) {
        if isAlone { add(.subscribersDropped, status.counters.system.subscribersDropped) }
        add(status.counters, .server, hasInterface: false)
        add(.workers, .server, status.workers)
        add(.xdpAnswers, .server, status.xdpAnswered)
        if isAlone { add(status.announcement, isDraining: status.state == .draining) }
    }

    private mutating func add(_ announcement: AnnouncementStatus?, isDraining: Bool) {
        if let announcement { add(.announced, announcement.state == .withdrawn ? 0 : 1) }
        add(.draining, isDraining ? 1 : 0)
    }

    private mutating func add(_ status: RelayStatus) {
        let part = Part.relay
        add(.subscribersDropped, status.counters.system.subscribersDropped)
        add(status.counters, part, hasInterface: true)
        add(.workers, part, status.dataPath.workers)
        add(status.service.inbound, part)
        add(.peers, part, status.peers.count)
        add(.trustedPeers, part, status.peers.trusted)
        add(.peerLimit, part, status.peers.limit)
        if status.identity.role == .relay {
            add(status.service.announcement, isDraining: status.identity.state == .draining)
        }
        add(.kernelPeers, part, status.dataPath.kernelPeers)
        if let clients = status.service.transitClients { add(.transitClients, part, clients) }
        add(.interfaceFaults, part, status.dataPath.interfaceFaults.count)
        add(.interfaceRestorations, part, status.dataPath.interfaceRestorations)
    }

    private mutating func add(_ counters: StatusCounters, _ part: Part, hasInterface: Bool) {
        add(.receivedDatagrams, part, counters.datagramsReceived)
        add(.receivedOctets, part, counters.octetsReceived)
        add(.sentDatagrams, part, counters.datagramsSent)
        add(.sentOctets, part, counters.octetsSent)
        add(.acceptedPackets, part, counters.packetsAccepted)
        add(.deliveredPackets, part, counters.packetsDelivered)
        add(.receivedBubbles, part, counters.bubblesReceived)
        add(.sentBubbles, part, counters.bubblesSent)
        if part != .server { add(.carriedPackets, part, counters.packetsCarried) }
        if part != .relay {
            add(.solicitations, part, counters.solicitations)
            add(.advertisements, part, counters.advertisements)
        }
        if part == .client { add(.connectivityTests, part, counters.connectivityTests) }
        add(.icmpv6Errors, part, counters.icmpv6Errors)
        add(.icmpv4Errors, part, counters.icmpv4Errors)
        // Those that did not occur too: a rate needs a value before the first one does.
        for reason in DropReason.allCases {
            text.add(.dropped, [role, part.rawValue, reason.label], MetricValue(counters.drops[reason]))
        }
        for reason in LossReason.allCases {
            text.add(.lost, [role, part.rawValue, reason.rawValue], MetricValue(counters.system[reason]))
        }
        guard hasInterface else { return }
        let refusals = [
            ("segmentation", counters.system.segmentationRefused), ("coalescing", counters.system.coalescingRefused),
        ]
        for (offload, count) in refusals {
            text.add(.offloadRefusals, [role, part.rawValue, offload], MetricValue(count))
        }
    }

    private mutating func add(_ inbound: InboundStatus, _ part: Part) {
        if inbound.mode == .filtered { add(.inboundRefused, part, inbound.refusedPackets) }
    }

    private mutating func add(_ metric: Metric, _ value: some BinaryInteger) {
        text.add(metric, [role], MetricValue(value))
    }

    private mutating func add(_ metric: Metric, _ time: Duration) { text.add(metric, [role], MetricValue(time)) }

    private mutating func add(_ metric: Metric, _ part: Part, _ value: some BinaryInteger) {
        text.add(metric, [role, part.rawValue], MetricValue(value))
    }

    private mutating func add(_ metric: Metric, _ part: Part, _ time: Duration) {
        text.add(metric, [role, part.rawValue], MetricValue(time))
    }

    private mutating func add(_ metric: Metric, _ part: Part, _ histogram: DurationHistogram) {
        text.add(metric, [role, part.rawValue], histogram)
    }
}
