package import TeredoControl
import TeredoHost
package import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// What `teredo check` found out, with the conclusions.
package struct CheckReport: Hashable, Sendable {
    /// The server as the user named it.
    package var serverName: ServerName
    /// The server's addresses; `nil` when its name has none.
    package var server: ServerAddresses?
    /// All addresses of the server's name that a server can have, with what was found there; empty unless there are several.
    package var candidates: [ServerCandidate] = []
    /// The addresses of the name that no server can have, with what they are; `nil` when there are none.
    package var refusedAddresses: String?
    /// The address that datagrams to the server leave from; `nil` when there is no route.
    package var localAddress: IPv4Address?
    /// The diagnosis; `nil` when it could not begin.
    package var nat: NATReport?
    /// What was found out about port mapping; `nil` when nobody looked.
    package var portMapping: PortMappingFinding?
    /// Whether the name service did not answer.
    package var isNameServiceSilent = false
    /// What single datagrams showed about the way to the server; `nil` when none was sent.
    package var path: PathFindings?
    /// What this host brings along; `nil` when nobody looked.
    package var host: HostFindings?
    /// What a running client says; `nil` when none was asked.
    package var client: ClientStatus?

    /// Makes a report of which nothing else is known.
    package init(serverName: ServerName) {
        self.serverName = serverName
    }

    /// Whether a Teredo client will work here.
    package var isWorking: Bool { (nat?.allowsClient ?? false) && !problems.contains { $0.name.severity == .blocking } }

    /// The problem that decides, if any.
    package var verdict: CheckVerdict {
        problems.first { $0.name.severity != .note }.map { .problem($0.name) } ?? .works
    }

    /// The NAT's behaviour in words.
    package var behavior: NATBehaviorStatus { nat.map(NATBehaviorStatus.init) ?? NATBehaviorStatus() }

    /// With whom direct connections work; `nil` when nothing works.
    package var directPeers: DirectPeers? {
        guard let nat, isWorking else { return nil }
        switch (nat.mapping, nat.filtering, nat.portAssignment) {
        case (.some(.none), .dependent, _), (.endpointIndependent, .dependent, _), (.endpointIndependent, nil, _):
            return .exceptRandomPort
        case (.some(.none), _, _), (.endpointIndependent, .endpointIndependent, _):
            return .all
        case (.dependent, _, _) where nat.usesSeveralAddresses == true:
            return .coneOnly
        case (.dependent, _, .preserved):
            return .portPreserving
        case (.dependent, _, .sequential):
            return .restricted
        case (.dependent, _, _):
            return .addressRestricted
        case (nil, _, _):
            return .unpredictable
        }
    }
}

extension CheckReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case verdict, works, pathTakesFullSize, directPeers, server, nat, localAddress, localEndpoint, mappedEndpoint,
            secondaryMappedEndpoint
        case mappingLifetimeAtLeastSeconds, mappingLifetimeBelowSeconds, portMapping, ignoredDatagrams, problems, client
    }

    private enum ServerKeys: String, CodingKey {
        case name, primary, secondary, candidates
    }

    /// One address of the server, and what it answered; unknown values are null.
    private struct AskedAddress: Encodable {
        let address: IPv4Address
        @OrNull var answers: Bool?
        @JSONTimeOrNull<Milliseconds> var roundTrip: Duration?

        init(_ address: IPv4Address, _ answer: NATReport.Answer?) {
            self.address = address
            answers = answer?.isAnswered
            roundTrip = answer?.time
        }

        private enum CodingKeys: String, CodingKey {
            case address, answers
            case roundTrip = "roundTripMilliseconds"
        }
    }

    /// The behaviour with the type beside it.
    private struct TypedBehavior: Encodable {
        let type: NATObservation.Kind?
        let behavior: NATBehaviorStatus

        private enum CodingKeys: String, CodingKey {
            case type
        }

        func encode(to encoder: any Encoder) throws {
            try behavior.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .type)
        }
    }

    private enum ClientKeys: String, CodingKey {
        case state, cause, reason, address, serverName, nativeIPv6
    }

    /// The stable form for scripts: every key is always there, unknown values are null.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(isWorking, forKey: .works)
        try container.encode(path?.passesFullSize, forKey: .pathTakesFullSize)
        try container.encode(directPeers, forKey: .directPeers)
        try container.encode(localAddress, forKey: .localAddress)
        try container.encode(nat?.localEndpoint, forKey: .localEndpoint)
        try container.encode(nat?.mappedEndpoint, forKey: .mappedEndpoint)
        try container.encode(nat?.secondaryMappedEndpoint, forKey: .secondaryMappedEndpoint)
        try container.encode(portMapping, forKey: .portMapping)
        try container.encode(nat?.ignoredCount ?? 0, forKey: .ignoredDatagrams)
        try container.encode(problems, forKey: .problems)
        if let client {
            var running = container.nestedContainer(keyedBy: ClientKeys.self, forKey: .client)
            try running.encode(client.progress.state, forKey: .state)
            try running.encode(client.progress.cause, forKey: .cause)
            try running.encode(client.progress.reason, forKey: .reason)
            try running.encode(client.identity.address, forKey: .address)
            try running.encode(client.servers.names, forKey: .serverName)
            try running.encode(client.traffic.nativeIPv6.state, forKey: .nativeIPv6)
        } else {
            try container.encodeNil(forKey: .client)
        }
        var server = container.nestedContainer(keyedBy: ServerKeys.self, forKey: .server)
        try server.encode(serverName, forKey: .name)
        if !candidates.isEmpty { try server.encode(candidates, forKey: .candidates) }
        try server.encode(self.server.map { AskedAddress($0.primary, nat?.primary) }, forKey: .primary)
        let secondary = self.server?.secondary.map { AskedAddress($0, nat?.secondary) }
        try server.encode(secondary, forKey: .secondary)
        try container.encode(TypedBehavior(type: nat?.observedKind, behavior: behavior), forKey: .nat)
        let lifetime = nat?.lifetime
        try container.encode(lifetime.map { Seconds.number($0.atLeast) }, forKey: .mappingLifetimeAtLeastSeconds)
        try container.encode(lifetime?.lessThan.map(Seconds.number), forKey: .mappingLifetimeBelowSeconds)
    }
}

extension NATReport {
    /// The type in the words that a client uses for what it notices by itself.
    fileprivate var observedKind: NATObservation.Kind? {
        switch (mapping, filtering) {
        case (.some(.none), _): NATObservation.Kind.none
        case (.dependent, _): .symmetric
        case (.endpointIndependent, .endpointIndependent): .cone
        case (.endpointIndependent, _): .restricted
        case (nil, _): nil
        }
    }
}

extension NATReport.Answer {
    /// Whether the address answered; `nil` when that is not known.
    var isAnswered: Bool? {
        switch self {
        case .unknown: nil
        case .answered: true
        case .silent: false
        }
    }

    /// The round-trip time.
    var time: Duration? {
        guard case .answered(let time) = self else { return nil }
        return time
    }
}
