package import TeredoProtocol

/// What a client knows about the NAT in front of it; `nil` stands for unknown.
package struct NATStatus: Hashable, Sendable {
    /// `none`, `cone`, `restricted`, `symmetric`; `nil` while unknown.
    package var type: String?
    /// Whether the NAT keeps port numbers.
    package var portPreserving: Bool?
    /// What the diagnosis found out; everything unknown until it has ended.
    package var behavior = NATBehaviorStatus()
    /// Whether the diagnosis is under way.
    package var isBeingDiagnosed = false
    /// How many seconds an idle mapping lives at least, when that is determined.
    package var lifetimeAtLeast: Int?

    /// Makes a status from parts.
    package init(type: String?, portPreserving: Bool?) {
        self.type = type
        self.portPreserving = portPreserving
    }

    /// Draws the conclusions from what a client found out.
    package init(natClass: NATClass?, isPortPreserving: Bool?, isDirect: Bool) {
        self.portPreserving = isPortPreserving
        guard !isDirect else {
            type = "none"
            return
        }
        type =
            switch natClass {
            case .cone: "cone"
            case .restricted: "restricted"
            case .symmetric: "symmetric"
            case .unknown, nil: nil
            }
    }

    /// The type in the words that users of netsh know; the client's own observation decides, the diagnosis refines.
    package var phrase: String {
        switch type {
        case "restricted" where behavior.filtering == NATBehaviorStatus.independent: "cone"
        case "restricted" where behavior.filtering == NATBehaviorStatus.dependent: "restricted or restricted (port)"
        case "none": "none (global connectivity)"
        case "restricted": "restricted or cone (RFC 5991 does not tell them apart)"
        case let type?: type
        case nil: "unknown"
        }
    }
}

extension NATStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case isBeingDiagnosed = "beingDiagnosed"
        case type
        case portPreserving
        case mappingLifetimeAtLeastSeconds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        isBeingDiagnosed = try container.decode(Bool.self, forKey: .isBeingDiagnosed)
        type = try container.decodeIfPresent(String.self, forKey: .type)
        portPreserving = try container.decodeIfPresent(Bool.self, forKey: .portPreserving)
        lifetimeAtLeast = try container.decodeIfPresent(Int.self, forKey: .mappingLifetimeAtLeastSeconds)
        behavior = try NATBehaviorStatus(from: decoder)
    }

    /// Encodes unknown values as null, so that a reader sees what is unknown.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isBeingDiagnosed, forKey: .isBeingDiagnosed)
        try container.encode(type, forKey: .type)
        try container.encode(portPreserving, forKey: .portPreserving)
        try container.encode(lifetimeAtLeast, forKey: .mappingLifetimeAtLeastSeconds)
        try behavior.encode(to: encoder)
    }
}
