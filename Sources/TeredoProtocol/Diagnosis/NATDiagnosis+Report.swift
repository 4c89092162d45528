import TeredoWire

/// The conclusions.
extension NATDiagnosis {
    /// What is known so far; complete when ``isFinished``.
    public var report: NATReport {
        var report = NATReport(server: configuration.server)
        report.primary = answer(of: configuration.server.primary)
        if let secondary = configuration.server.secondary { report.secondary = answer(of: secondary) }
        report.localEndpoint = localEndpoints[.main]
        report.mappedEndpoint = mappedEndpoint(of: .main)
        report.secondaryMappedEndpoint = secondaryMappedEndpoint
        report.mapping = mapping
        report.filtering = filtering(isSecondaryAlive: secondaryMappedEndpoint != nil && !isSecondaryIndependent)
        report.remembersStrays = remembersStrays
        report.lifetime = lifetime?.result
        report.ignoredCount = ignoredCount
        report.lastRejection = lastRejection
        guard report.mappedEndpoint != nil, mapping != NATReport.Mapping.none else { return report }
        report.portAssignment = portAssignment
        report.hairpinning = hairpinning
        let addresses = Set((probes.compactMap(\.mappedEndpoint)).map(\.address))
        report.usesSeveralAddresses = addresses.count > 1
        return report
    }

    private func answer(of server: IPv4Address) -> NATReport.Answer {
        // The filtering probe and the other ports prove life as well as the main port does.
        let asked = probes.filter { $0.answerer == server }
        let shortest = asked.filter { !$0.coneBit }.compactMap(\.roundTrip).min() ?? asked.compactMap(\.roundTrip).min()
        if let shortest { return .answered(shortest) }
        let decisive = asked.filter { $0.port == .main }
        return !decisive.isEmpty && decisive.allSatisfy(\.isGivenUp) ? .silent : .unknown
    }

    private var secondaryMappedEndpoint: UDPEndpoint? {
        probes.first { $0.port == .main && $0.server == configuration.server.secondary }?.mappedEndpoint
    }

    private var mapping: NATReport.Mapping? {
        guard let first = mappedEndpoint(of: .main) else { return nil }
        if first == localEndpoints[.main] { return NATReport.Mapping.none }
        guard let second = secondaryMappedEndpoint else { return nil }
        return first == second ? .endpointIndependent : .dependent
    }

    /// No answer from the secondary address proves a filter only when that address answers those who ask it.
    private func filtering(isSecondaryAlive: Bool) -> NATReport.Filtering? {
        guard let probe = probes.first(where: { $0.port == .filtering && $0.coneBit }) else {
            return nil
        }
        if probe.isAnswered { return .endpointIndependent }
        return probe.isGivenUp && isSecondaryAlive ? .dependent : nil
    }

    /// Behind a NAT that keeps its mapping, both server addresses see one port alike, unless a datagram that came before
    /// the inside asked is remembered.
    private var remembersStrays: Bool? {
        guard mapping == .endpointIndependent, filtering(isSecondaryAlive: true) == .dependent else { return nil }
        let seen = [configuration.server.primary, configuration.server.secondary].map { server in
            probes.first { $0.isAfterStray && $0.server == server }?.mappedEndpoint
        }
        guard let before = seen[0], let after = seen[1] else { return nil }
        return before != after
    }

    private var portAssignment: NATReport.PortAssignment? {
        var mappings: [PortObservation] = []
        var others: [UInt16] = []
        for probe in probes {
            guard let external = probe.mappedEndpoint, let local = localEndpoints[probe.port] else { continue }
            if probe.isAfterStray { continue }
            guard probe.server == configuration.server.primary else {
                others.append(external.port)
                continue
            }
            mappings.append(PortObservation(internalPort: local.port, externalPort: external.port))
        }
        return PortObservation.assignment(of: mappings, others: others)
    }

    /// Silence means no hairpinning only where the bubbles come from the endpoints that they open the filters for.
    private var hairpinning: NATReport.Hairpinning? {
        guard let hairpin, hairpin.isOver else { return nil }
        if let result = hairpin.result { return result }
        return mapping == .endpointIndependent ? NATReport.Hairpinning.none : nil
    }
}
