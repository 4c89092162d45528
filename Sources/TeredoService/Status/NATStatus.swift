package import TeredoProtocol

/// What a client knows about the NAT in front of it; `nil` stands for unknown.
package struct NATStatus: Hashable, Sendable {
    /// `none`, `cone`, `restricted`, `symmetric`; `nil` while unknown.
    package var type: String?
    /// Whether the NAT keeps port numbers.
    package var portPreserving: Bool?

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

    /// The type in the words that users of netsh know.
    package var phrase: String {
        switch type {
        case "none": "none (global connectivity)"
        case "restricted": "restricted or cone (RFC 5991 does not tell them apart)"
        case let type?: type
        case nil: "unknown"
        }
    }
}

extension NATStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case type
        case portPreserving
    }

    /// Encodes unknown values as null, so that a reader sees what is unknown.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(portPreserving, forKey: .portPreserving)
    }
}
