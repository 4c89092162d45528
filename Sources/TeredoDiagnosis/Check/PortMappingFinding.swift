import TeredoHost
package import TeredoPortMapping
package import TeredoWire

/// What was found out about port mapping protocols.
package struct PortMappingFinding: Hashable, Sendable {
    /// The protocol that the router speaks; `nil` for none.
    package var mappingProtocol: MappingProtocol?
    /// The router's external address, if it tells.
    package var externalAddress: IPv4Address?
    /// Why the router maps no port although it speaks a protocol, a phrase for people.
    package var refusal: String?

    /// Makes a finding.
    package init(mappingProtocol: MappingProtocol?, externalAddress: IPv4Address?, refusal: String? = nil) {
        self.mappingProtocol = mappingProtocol
        self.externalAddress = externalAddress
        self.refusal = refusal
    }
}

extension PortMappingFinding: Encodable {
    private enum CodingKeys: String, CodingKey {
        case mappingProtocol = "protocol"
        case externalAddress
        case refusal
    }

    /// Encodes unknown values as null, so that every key is always there.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mappingProtocol, forKey: .mappingProtocol)
        try container.encode(externalAddress, forKey: .externalAddress)
        try container.encode(refusal, forKey: .refusal)
    }
}
