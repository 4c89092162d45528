package import TeredoSettings

/// What a running role reports about itself.
package enum StatusReport: Hashable, Sendable {
    case client(ClientStatus)
    case server(ServerStatus)
    case relay(RelayStatus)
    case dormant(DormantStatus)
    case gateway(GatewayStatus)

    /// The role that reports.
    package var role: Role {
        switch self {
        case .client: .client
        case .server: .server
        case .relay(let status): status.identity.role
        case .dormant(let status): status.role
        case .gateway(let status): status.role
        }
    }

    /// What may come out of the tunnel to the host, and what was refused; `nil` for a role without a tunnel.
    package var inbound: InboundStatus? {
        switch self {
        case .client(let status): status.traffic.inbound
        case .relay(let status): status.service.inbound
        case .gateway(let status): status.relay.service.inbound
        case .server, .dormant: nil
        }
    }
}

extension StatusReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case role
    }

    package init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Role.self, forKey: .role) {
        case .client, .proxy: self = .client(try ClientStatus(from: decoder))
        case .server: self = .server(try ServerStatus(from: decoder))
        case .relay, .hostRelay: self = .relay(try RelayStatus(from: decoder))
        case .auto: self = .dormant(try DormantStatus(from: decoder))
        case .gateway: self = .gateway(try GatewayStatus(from: decoder))
        }
    }

    /// Encodes the report of the role without a wrapper: `role` tells which one it is.
    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .client(let status): try status.encode(to: encoder)
        case .server(let status): try status.encode(to: encoder)
        case .relay(let status): try status.encode(to: encoder)
        case .dormant(let status): try status.encode(to: encoder)
        case .gateway(let status): try status.encode(to: encoder)
        }
    }
}
