import TeredoWire

/// Which mapped endpoint a client has in each of its sessions, by arithmetic: no table, in either direction.
///
/// Neighbours in number are not behind the same address, so that clients that arrive one after the other do not share the
/// limits that a server has for an address. A client that comes back has another port, as behind a NAT that forgot it.
struct AddressPlan: Hashable, Sendable {
    private static let firstPort = 1024
    private static let ports = 65_536 - firstPort

    private let first: UInt32
    private let clients: Int
    /// How many addresses are in use.
    let addresses: Int
    private let clientsPerAddress: Int
    private let rounds: Int

    init(_ model: LoadModel) {
        first = model.prefix.address.rawValue
        clients = model.clients
        clientsPerAddress = model.clientsPerAddress
        addresses = (model.clients + model.clientsPerAddress - 1) / model.clientsPerAddress
        rounds = Self.ports / model.clientsPerAddress
    }

    /// The endpoint of a client in its session.
    func endpoint(of client: Int, session: UInt16) -> UDPEndpoint {
        let address = first + UInt32(client % addresses)
        let port = Self.firstPort + Int(session) % rounds * clientsPerAddress + client / addresses
        return UDPEndpoint(IPv4Address(rawValue: address), UInt16(port))
    }

    /// The client that has an endpoint in one of its sessions; `nil` when none has.
    func client(at endpoint: UDPEndpoint) -> Int? {
        let address = Int(endpoint.address.rawValue &- first)
        let port = Int(endpoint.port) - Self.firstPort
        guard address < addresses, port >= 0 else { return nil }
        let client = port % clientsPerAddress * addresses + address
        return client < clients ? client : nil
    }
}
