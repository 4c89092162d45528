/// Something in the way of a Teredo client, and what its user can do about it.
package struct CheckProblem: Hashable, Sendable {
    /// A stable name for scripts.
    package let name: Name
    /// What is wrong, a sentence.
    package let description: String
    /// What to do, a sentence.
    package let remedy: String

    /// Makes a problem out of two sentences.
    package init(name: Name, description: String, remedy: String) {
        self.name = name
        self.description = description
        self.remedy = remedy
    }

    /// How much it matters.
    package enum Severity: String, Hashable, Sendable, Codable {
        /// No Teredo client works.
        case blocking
        /// A client works, with less than it could have.
        case limiting
        /// Good to know.
        case note
    }

    /// The names of the problems; they are part of the JSON form, and `teredo check --explain` knows them.
    package enum Name: String, Hashable, Sendable, Codable, CaseIterable {
        /// The kernel has no IPv6.
        case ipv6Missing = "ipv6-missing"
        /// IPv6 is switched off for new interfaces, and nobody here can switch it on.
        case ipv6Disabled = "ipv6-disabled"
        /// The kernel makes no TUN interfaces.
        case tunMissing = "tun-missing"
        /// The name service does not answer.
        case resolverSilent = "resolver-silent"
        /// The server's name has no IPv4 address.
        case serverUnresolved = "server-unresolved"
        /// No route leads to the server.
        case noRoute = "no-route"
        /// A firewall of this host lets nothing out to the server.
        case outboundBlocked = "outbound-blocked"
        /// A firewall of this host drops the answers.
        case inboundDropped = "inbound-dropped"
        /// A firewall on the way stops UDP port 3544.
        case portBlocked = "port-blocked"
        /// The host is there, and no Teredo server on it.
        case noServer = "no-server"
        /// Neither address of the server answers.
        case serverSilent = "server-silent"
        /// The primary address is silent while the secondary one answers.
        case primarySilent = "primary-silent"
        /// Answers came that cannot be believed.
        case answerRejected = "answer-rejected"
        /// The running client has no address.
        case notQualified = "not-qualified"
        /// Another program changed the interface of the running client, and it cannot be put back.
        case interfaceChanged = "interface-changed"
        /// The secondary address is silent.
        case secondarySilent = "secondary-silent"
        /// No relay towards native IPv6 answers the running client.
        case noRelay = "no-relay"
        /// The way to the server does not take full-size packets.
        case smallMTU = "small-mtu"
        /// The NAT is symmetric.
        case symmetricNAT = "symmetric-nat"
        /// The NAT box takes what comes in too early for its own, and remembers it.
        case strayMemory = "stray-memory"
        /// The NAT uses several external addresses for one host.
        case severalAddresses = "several-addresses"
        /// The provider translates addresses too.
        case carrierNAT = "carrier-nat"
        /// Two NATs stand one behind the other.
        case doubleNAT = "double-nat"
        /// Mappings die before the client renews them.
        case shortLifetime = "short-lifetime"
        /// The name service hides IPv6 addresses.
        case aaaaSuppressed = "aaaa-suppressed"
        /// The clock of this host is wrong.
        case clockWrong = "clock-wrong"
        /// This user may not make the interface of a client.
        case noPermission = "no-permission"
        /// There is no NAT, but a firewall that lets only answers in.
        case statefulFirewall = "stateful-firewall"
        /// The router speaks a port mapping protocol and maps no port.
        case portMappingRefused = "port-mapping-refused"
        /// No protocol to ask the NAT for a port.
        case noPortMapping = "no-port-mapping"
        /// Some of the addresses of the server's name are of no use.
        case serverAddressUnusable = "server-address-unusable"
        /// Everything may come out of the tunnel, and no other filter of the host looks at it.
        case inboundOpen = "inbound-open"
        /// The NAT does not hairpin.
        case noHairpinning = "no-hairpinning"

        /// How much it matters.
        package var severity: Severity {
            switch self {
            case .ipv6Missing, .ipv6Disabled, .tunMissing, .resolverSilent, .serverUnresolved, .noRoute,
                .outboundBlocked, .inboundDropped, .portBlocked, .noServer, .serverSilent, .primarySilent,
                .notQualified, .interfaceChanged:
                .blocking
            case .answerRejected, .secondarySilent, .noRelay, .smallMTU, .symmetricNAT, .strayMemory, .severalAddresses,
                .carrierNAT, .doubleNAT, .shortLifetime, .aaaaSuppressed, .clockWrong, .inboundOpen:
                .limiting
            case .noPermission, .statefulFirewall, .portMappingRefused, .noPortMapping, .noHairpinning,
                .serverAddressUnusable:
                .note
            }
        }
    }
}

extension CheckProblem: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, severity, description, remedy
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(Name.self, forKey: .name)
        description = try container.decode(String.self, forKey: .description)
        remedy = try container.decode(String.self, forKey: .remedy)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(name.severity, forKey: .severity)
        try container.encode(description, forKey: .description)
        try container.encode(remedy, forKey: .remedy)
    }
}
