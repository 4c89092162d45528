/// An IPv4 address and a UDP port: what RFC 4380 calls a mapped address and mapped port when a NAT made it.
public struct UDPEndpoint: Hashable, Sendable {
    /// The IPv4 address.
    public let address: IPv4Address
    /// The UDP port in host order, 0 to 65535.
    public let port: UInt16

    /// Makes an endpoint.
    public init(_ address: IPv4Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Whether a datagram may come from here: a unicast address and a port that is not 0 (V2).
    @inlinable
    public var isValidSource: Bool {
        port != 0 && !address.isMulticast && address != .broadcast && address != .unspecified
    }
}

extension UDPEndpoint: LosslessStringConvertible {
    /// Parses `address:port`, for example `192.0.2.1:4096`.
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let port = UInt16(decimal: parts[1]) else {
            return nil
        }
        self.init(address, port)
    }

    /// The text form `address:port`.
    public var description: String { "\(address):\(port)" }
}
