package import TeredoProtocol

/// What a client knows about the NAT in front of it: one object in JSON.
package struct NATStatus: Hashable, Sendable {
    /// What the client noticed by itself.
    package var observation = NATObservation()
    /// What the diagnosis found out; everything unknown until it has ended.
    package var behavior = NATBehaviorStatus()

    /// Nothing known.
    package init() {}

    /// Draws the conclusions from what a client found out.
    package init(natClass: NATClass?, isPortPreserving: Bool?, isDirect: Bool) {
        observation = NATObservation(natClass: natClass, isPortPreserving: isPortPreserving, isDirect: isDirect)
    }

    /// The type in the words that users of netsh know; the client's own observation decides, the diagnosis refines.
    package var phrase: String {
        switch observation.kind {
        case .restricted where behavior.filtering == .endpointIndependent: "cone"
        case .restricted where behavior.filtering == .dependent: "restricted or restricted (port)"
        case .some(.none): "none (global connectivity)"
        case .restricted: "restricted or cone (RFC 5991 does not tell them apart)"
        case .cone: "cone"
        case .symmetric: "symmetric"
        case nil: "unknown"
        }
    }
}

extension NATStatus: Codable {
    package init(from decoder: any Decoder) throws {
        observation = try NATObservation(from: decoder)
        behavior = try NATBehaviorStatus(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try observation.encode(to: encoder)
        try behavior.encode(to: encoder)
    }
}
