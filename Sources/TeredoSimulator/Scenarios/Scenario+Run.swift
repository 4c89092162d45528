public import TeredoProtocol
import TeredoWire

extension Scenario {
    /// Runs the scenario on an Internet made from `seed` and `fault`.
    ///
    /// - Throws: `ServerConfigurationError`, which the fixed configuration never causes.
    public func run(
        seed: UInt64,
        fault: LinkFault = LinkFault(),
        width: Int = 80,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) -> ScenarioResult {
        let internet = try SimulatedInternet(options: options(seed: seed, fault: fault), authenticator: authenticator)
        let isLossy = fault.lossPerMille > 0
        if self == .initialConfiguration { return configure(internet, within: .seconds(isLossy ? 60 : 15), width) }
        guard internet.qualify() else {
            return result(internet, from: 0, isSuccess: false, "qualification failed", width)
        }
        internet.run(for: .seconds(3))
        if self == .maintainingTheMapping { return maintain(internet, for: .seconds(isLossy ? 45 : 32), width) }
        if self == .sameLink { return meetOnLink(internet, width) }
        guard let path else { return result(internet, from: 0, isSuccess: false, "nothing to do", width) }
        let row = internet.trace.count
        let outcome = Self.ping(internet, path.from, path.to, isLossy: isLossy)
        let names = "\(path.from.rawValue) to \(path.to.rawValue)"
        switch outcome {
        case .reply(let time):
            return result(
                internet,
                from: row,
                isSuccess: true,
                "\(names): reply after \(time.formattedMilliseconds)",
                width
            )
        case .unreachable, .timeout, .noAddress:
            return result(internet, from: row, isSuccess: false, "\(names): \(outcome)", width)
        }
    }

    /// Figure 12 shows cone solicitations that a restricted NAT does not let the answers of in.
    private func options(seed: UInt64, fault: LinkFault) -> InternetOptions {
        var options = InternetOptions(seed: seed)
        options.fault = fault
        let isCone = usesConeBit
        let beginsWithCone = isCone || self == .initialConfiguration
        options.natA = isCone ? .fullCone : .portRestricted
        options.natB = options.natA
        if self == .sameLink {
            options.layout = .sameSite
            options.adjustNAT = { $0.hairpinning = .none }
        }
        let discovers = self == .sameLink
        // The figures are those of RFC 4380: no extensions.
        options.adjustClient = { configuration in
            configuration.extensions = .none
            configuration.limitsOpeners = false
            configuration.transit = .off
            configuration.qualification.usesConePhase = beginsWithCone
            configuration.honoursConeBit = isCone
            configuration.localDiscovery.isOn = discovers
        }
        options.fleet.adjustRelay = { $0.honoursConeBit = isCone }
        return options
    }

    /// One ping; where datagrams get lost a host repeats what is not answered, every 2 s.
    private static func ping(
        _ internet: SimulatedInternet,
        _ source: HostName,
        _ destination: HostName,
        isLossy: Bool
    ) -> PingOutcome {
        guard isLossy else { return internet.ping(from: source, to: destination) }
        var outcome = PingOutcome.timeout
        for _ in 0..<5 {
            let start = internet.now
            outcome = internet.ping(from: source, to: destination, timeout: .seconds(2))
            if outcome.isReply { break }
            internet.run(for: max(.zero, .seconds(2) - (internet.now - start)))
        }
        return outcome
    }

    private func configure(
        _ internet: SimulatedInternet,
        within limit: Duration,
        _ width: Int
    ) -> ScenarioResult {
        internet.clientA.start(in: internet.network)
        internet.run(for: limit)
        guard let client = internet.client(.clientA), let address = client.address else {
            return result(internet, from: 0, isSuccess: false, "client A did not qualify", width)
        }
        let nat = client.natClass?.rawValue ?? "unknown"
        return result(internet, from: 0, isSuccess: true, "client A is \(address), behind a \(nat) NAT", width)
    }

    /// Figure 14: the discovery bubbles of the start belong to the exchange.
    private func meetOnLink(_ internet: SimulatedInternet, _ width: Int) -> ScenarioResult {
        let outcome = internet.ping(from: .clientA, to: .clientB)
        let own = internet.trace.filter { !$0.kind.isQualification }
        let summary =
            if case .reply(let time) = outcome {
                "client A to client B: reply after \(time.formattedMilliseconds), without leaving the link"
            } else {
                "client A to client B: \(outcome)"
            }
        return ScenarioResult(
            scenario: self,
            isSuccess: outcome.isReply,
            summary: summary,
            exchange: own,
            chart: SequenceChart(own, nodes: ["client A", "NAT A", "client B"], width: width)
        )
    }

    private func maintain(_ internet: SimulatedInternet, for duration: Duration, _ width: Int) -> ScenarioResult {
        let row = internet.trace.count
        internet.run(for: duration)
        let refreshed = internet.trace.dropFirst(row).filter { $0.sender == HostName.clientA.rawValue }
        let answered = internet.trace.dropFirst(row).filter { $0.receiver == HostName.clientA.rawValue }
        // The bubbles with which the client tests its mapping before a refresh are no part of that.
        let own = Array(internet.trace.dropFirst(row)).filter {
            ($0.sender == HostName.clientA.rawValue || $0.receiver == HostName.clientA.rawValue)
                && $0.kind != .indirectBubble
        }
        let isSuccess = !refreshed.isEmpty && !answered.isEmpty && internet.address(of: .clientA) != nil
        return ScenarioResult(
            scenario: self,
            isSuccess: isSuccess,
            summary: isSuccess ? "the mapping of client A was refreshed" : "the mapping was not refreshed",
            exchange: own,
            chart: SequenceChart(own, nodes: ["client A", "NAT A", "server"], width: width)
        )
    }

    private func result(
        _ internet: SimulatedInternet,
        from row: Int,
        isSuccess: Bool,
        _ summary: String,
        _ width: Int
    ) -> ScenarioResult {
        ScenarioResult(
            scenario: self,
            isSuccess: isSuccess,
            summary: summary,
            exchange: Array(internet.trace.dropFirst(row)),
            chart: internet.chart(from: row, width: width)
        )
    }
}

/// Spans of virtual time in charts.
extension Duration {
    /// Milliseconds with one decimal, for people: `63.0 ms`.
    public var formattedMilliseconds: String {
        let tenths = wholeNanoseconds / 100_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
