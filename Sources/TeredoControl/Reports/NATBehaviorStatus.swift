package import TeredoProtocol

/// What a diagnosis found out, in the words of RFC 4787 that JSON shows; `nil` stands for not known.
package struct NATBehaviorStatus: Hashable, Sendable {
    /// `none`, `endpoint-independent` or `address-or-port-dependent`.
    package var mapping: String?
    /// `endpoint-independent` or `address-or-port-dependent`.
    package var filtering: String?
    /// `preserved`, `sequential` or `other`.
    package var portAssignment: String?
    /// The distance of sequential ports.
    package var portStep: Int?
    /// `none`, `internal-source` or `external-source`.
    package var hairpinning: String?
    /// Whether the NAT uses several external addresses for one host.
    package var severalAddresses: Bool?

    /// Nothing known.
    package init() {}

    /// The conclusions of a report.
    package init(_ report: NATReport) {
        switch report.mapping {
        case .some(.none): mapping = Self.none
        case .endpointIndependent: mapping = Self.independent
        case .dependent: mapping = Self.dependent
        case nil: break
        }
        switch report.filtering {
        case .endpointIndependent: filtering = Self.independent
        case .dependent: filtering = Self.dependent
        case nil: break
        }
        switch report.portAssignment {
        case .preserved: portAssignment = "preserved"
        case .sequential(let step):
            portAssignment = "sequential"
            portStep = step
        case .other: portAssignment = "other"
        case nil: break
        }
        switch report.hairpinning {
        case .some(.none): hairpinning = Self.none
        case .internalSource: hairpinning = "internal-source"
        case .externalSource: hairpinning = "external-source"
        case nil: break
        }
        severalAddresses = report.usesSeveralAddresses
    }

    private static let none = "none"
    package static let independent = "endpoint-independent"
    package static let dependent = "address-or-port-dependent"
}

/// The words for people: the term of RFC 4787, and what it means.
extension NATBehaviorStatus {
    /// Mapping behaviour.
    package var mappingPhrase: String? {
        switch mapping {
        case Self.none: "none: no NAT translates this host's address"
        case Self.independent: "endpoint-independent: everybody sees this host at the same address and port"
        case Self.dependent: "address-dependent or stricter: each peer sees a different port of this host"
        default: nil
        }
    }

    /// Filtering behaviour.
    package var filteringPhrase: String? {
        switch filtering {
        case Self.independent: "endpoint-independent: anybody can send to this host's port"
        case Self.dependent: "address-dependent or stricter: only those that this host has sent to can answer"
        default: nil
        }
    }

    /// Port assignment behaviour.
    package var portAssignmentPhrase: String? {
        switch portAssignment {
        case "preserved": "preserved: external ports are the same as this host's"
        case "sequential": "sequential: each new external port is \(portStep ?? 1) higher"
        case "other": "other: external ports follow no rule"
        default: nil
        }
    }

    /// Hairpinning behaviour.
    package var hairpinningPhrase: String? {
        switch hairpinning {
        case Self.none: "no: hosts behind the NAT cannot reach each other by their external addresses"
        case "internal-source": "internal source: the NAT returns packets, but with private sources"
        case "external-source": "yes: hosts behind the NAT reach each other by their external addresses"
        default: nil
        }
    }
}

extension NATBehaviorStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case mapping
        case filtering
        case portAssignment
        case portStep
        case hairpinning
        case severalAddresses
    }

    /// Encodes unknown values as null, so that every key is always there.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mapping, forKey: .mapping)
        try container.encode(filtering, forKey: .filtering)
        try container.encode(portAssignment, forKey: .portAssignment)
        try container.encode(portStep, forKey: .portStep)
        try container.encode(hairpinning, forKey: .hairpinning)
        try container.encode(severalAddresses, forKey: .severalAddresses)
    }
}
