import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// One of several addresses of a server's name, with what was found there.
package struct ServerCandidate: Hashable, Sendable {
    /// The address.
    package let address: IPv4Address
    /// What became of asking it.
    package let finding: ServerSurvey.Finding

    /// Makes a candidate.
    package init(_ address: IPv4Address, _ finding: ServerSurvey.Finding) {
        self.address = address
        self.finding = finding
    }

    /// Whether nobody could use it.
    var isDead: Bool {
        switch finding {
        case .silent, .rejected: true
        case .server, .secondary: false
        }
    }

    /// What was found, in words.
    var phrase: String {
        switch finding {
        case .silent: "silent"
        case .rejected(let reason): "no answer that can be believed (\(reason))"
        case .server(let time): "a server, answers after \(TimeText.milliseconds(time))"
        case .secondary(let server, let time): "of the server \(server), answers after \(TimeText.milliseconds(time))"
        }
    }
}

extension ServerCandidate: Encodable {
    private enum CodingKeys: String, CodingKey {
        case address, state, server
    }

    /// The stable form for scripts.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address, forKey: .address)
        switch finding {
        case .silent:
            try container.encode("silent", forKey: .state)
        case .rejected:
            try container.encode("rejected", forKey: .state)
        case .server:
            try container.encode("server", forKey: .state)
        case .secondary(let server, _):
            try container.encode("secondary", forKey: .state)
            try container.encode(server, forKey: .server)
        }
    }
}
