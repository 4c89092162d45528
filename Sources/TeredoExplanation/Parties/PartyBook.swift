import TeredoWire

/// Who is who: endpoints and addresses with the parties that they were seen to belong to.
///
/// A party is known by its number, which stays. The book is bounded: in a capture of a busy server the first ones have names, and
/// the others are known by their endpoints.
struct PartyBook {
    static let partyLimit = 1024
    static let endpointLimit = 8192

    private(set) var parties: [Party] = []
    private var byEndpoint: [UDPEndpoint: Int] = [:]
    private var byServer: [IPv4Address: Int] = [:]
    private var byAddress: [IPv6Address: Int] = [:]
    private var counts: [PartyRole: Int] = [:]
    /// Whether somebody had no room in the book.
    private(set) var isFull = false

    /// Whose endpoint it is, if that is known.
    func number(of endpoint: UDPEndpoint) -> Int? {
        if endpoint.port == TeredoConstants.udpPort, let server = byServer[endpoint.address] { return server }
        return byEndpoint[endpoint]
    }

    func party(at endpoint: UDPEndpoint) -> Party? { number(of: endpoint).map { parties[$0] } }

    func role(of endpoint: UDPEndpoint) -> PartyRole { party(at: endpoint)?.role ?? .unknown }

    /// The client with a Teredo address.
    func client(with address: IPv6Address) -> Int? { byAddress[address] }

    /// How somebody at an endpoint is called.
    func name(of endpoint: UDPEndpoint) -> String { party(at: endpoint)?.name ?? endpoint.description }

    /// Notes what is at `endpoint`, unless it is known already to be something, and returns its number.
    @discardableResult
    mutating func note(_ role: PartyRole, at endpoint: UDPEndpoint) -> Int? {
        if let number = number(of: endpoint) {
            if parties[number].role == .unknown, role != .unknown {
                parties[number].role = role
                parties[number].ordinal = count(role)
                if role == .server { byServer[endpoint.address] = number }
            }
            return number
        }
        guard parties.count < Self.partyLimit, byEndpoint.count < Self.endpointLimit else {
            isFull = true
            return nil
        }
        let number = parties.count
        parties.append(Party(role, ordinal: count(role), at: endpoint))
        byEndpoint[endpoint] = number
        if role == .server { byServer[endpoint.address] = number }
        return number
    }

    /// Notes a server, which is one with the server at the address before or behind it: that is how their two addresses lie.
    mutating func noteServer(at endpoint: UDPEndpoint) {
        let address = endpoint.address
        if endpoint.port == TeredoConstants.udpPort, byServer[address] == nil, role(of: endpoint) == .unknown {
            for neighbor in [IPv4Address(rawValue: address.rawValue &- 1), address.successor]
            where byServer[neighbor] != nil {
                return join(server: address, to: neighbor)
            }
        }
        note(.server, at: endpoint)
    }

    private mutating func count(_ role: PartyRole) -> Int {
        counts[role, default: 0] += 1
        return counts[role, default: 1] - 1
    }

    /// Notes the client at `endpoint`, and its address when that is told.
    ///
    /// A client is known by the first address that is seen, until its own packet has another one: anybody may send it
    /// what is for somebody else.
    @discardableResult
    mutating func noteClient(at endpoint: UDPEndpoint, address: IPv6Address?, isOwn: Bool = true) -> Int? {
        if number(of: endpoint) == nil, let address, let known = byAddress[address] {
            add(endpoint, to: known)
            return known
        }
        guard let number = note(.client, at: endpoint), parties[number].role == .client else { return nil }
        if let address, parties[number].address == nil || isOwn,
            byAddress.count < Self.endpointLimit || byAddress[address] != nil
        {
            parties[number].address = address
            byAddress[address] = number
        }
        return number
    }

    /// Notes that `endpoint` belongs to a party that is known, unless somebody has it.
    mutating func add(_ endpoint: UDPEndpoint, to number: Int) {
        guard self.number(of: endpoint) == nil, byEndpoint.count < Self.endpointLimit else { return }
        byEndpoint[endpoint] = number
        parties[number].note(endpoint)
    }

    /// Notes that `address` is another one of the server at `primary`.
    mutating func join(server address: IPv4Address, to primary: IPv4Address) {
        guard address != primary, byServer[address] == nil || byServer[address] != byServer[primary] else { return }
        let endpoint = UDPEndpoint(address, TeredoConstants.udpPort)
        guard byServer.count < Self.endpointLimit,
            let number = note(.server, at: UDPEndpoint(primary, TeredoConstants.udpPort))
        else { return }
        if let other = byServer[address], other != number { parties[other].role = .unknown }
        byServer[address] = number
        parties[number].note(endpoint)
    }
}
