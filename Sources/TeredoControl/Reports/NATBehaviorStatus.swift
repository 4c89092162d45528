package import TeredoHost
package import TeredoProtocol

/// What a diagnosis found out, in the words of RFC 4787; `nil` stands for not known, and every key is always there.
package struct NATBehaviorStatus: Hashable, Sendable, Codable {
    /// How external endpoints depend on the remote one.
    @OrNull package var mapping: NATReport.Mapping?
    /// Who may send to an external endpoint.
    @OrNull package var filtering: NATReport.Filtering?
    /// How external ports are chosen, in one word.
    @OrNull private var portRule: PortRule?
    /// The distance of sequential ports.
    @OrNull private var portStep: Int?
    /// What happens to datagrams from inside to an external endpoint.
    @OrNull package var hairpinning: NATReport.Hairpinning?
    /// Whether the NAT uses several external addresses for one host.
    @OrNull package var severalAddresses: Bool?
    /// Whether the NAT box remembers datagrams that came before the inside sent, and then uses another port.
    @OrNull package var remembersStrays: Bool?

    private enum PortRule: String, Hashable, Sendable, Codable {
        case preserved
        case sequential
        case other
    }

    private enum CodingKeys: String, CodingKey {
        case mapping, filtering
        case portRule = "portAssignment"
        case portStep, hairpinning, severalAddresses, remembersStrays
    }

    /// Nothing known.
    package init() {}

    /// The conclusions of a report.
    package init(_ report: NATReport) {
        mapping = report.mapping
        filtering = report.filtering
        hairpinning = report.hairpinning
        severalAddresses = report.usesSeveralAddresses
        remembersStrays = report.remembersStrays
        portAssignment = report.portAssignment
    }

    /// How external ports are chosen.
    package var portAssignment: NATReport.PortAssignment? {
        get {
            switch portRule {
            case .preserved: .preserved
            case .sequential: .sequential(step: portStep ?? 1)
            case .other: .other
            case nil: nil
            }
        }
        set {
            portStep = nil
            switch newValue {
            case .preserved: portRule = .preserved
            case .sequential(let step): (portRule, portStep) = (.sequential, step)
            case .other: portRule = .other
            case nil: portRule = nil
            }
        }
    }
}

/// The words for people: the term of RFC 4787, and what it means.
extension NATBehaviorStatus {
    /// All behaviour in the words of JSON.
    package var summary: String {
        """
        mapping \(mapping?.rawValue ?? "unknown"), filtering \(filtering?.rawValue ?? "unknown"), \
        ports \(portRule?.rawValue ?? "unknown"), hairpinning \(hairpinning?.rawValue ?? "unknown")
        """
    }

    /// Mapping behaviour.
    package var mappingPhrase: String? {
        switch mapping {
        case .some(.none): "none: no NAT translates this host's address"
        case .endpointIndependent: "endpoint-independent: everybody sees this host at the same address and port"
        case .dependent: "address-dependent or stricter: each peer sees a different port of this host"
        case nil: nil
        }
    }

    /// Filtering behaviour.
    package var filteringPhrase: String? {
        switch filtering {
        case .endpointIndependent: "endpoint-independent: anybody can send to this host's port"
        case .dependent: "address-dependent or stricter: only those that this host has sent to can answer"
        case nil: nil
        }
    }

    /// Port assignment behaviour.
    package var portAssignmentPhrase: String? {
        switch portAssignment {
        case .preserved: "preserved: external ports are the same as this host's"
        case .sequential(let step): "sequential: each new external port is \(step) higher"
        case .other: "other: external ports follow no rule"
        case nil: nil
        }
    }

    /// What the box does with datagrams that came too early.
    package var strayPhrase: String? {
        switch remembersStrays {
        case true?: "remembered: who sends before this host does is answered from another port for 30 seconds"
        case false?: "dropped"
        case nil: nil
        }
    }

    /// Hairpinning behaviour.
    package var hairpinningPhrase: String? {
        switch hairpinning {
        case .some(.none): "no: hosts behind the NAT cannot reach each other by their external addresses"
        case .internalSource: "internal source: the NAT returns packets, but with private sources"
        case .externalSource: "yes: hosts behind the NAT reach each other by their external addresses"
        case nil: nil
        }
    }
}
