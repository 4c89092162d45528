package import TeredoWire

/// An IPv4 or IPv6 address and a TCP port, written `127.0.0.1:1080` or `[::1]:1080`.
package struct StreamEndpoint: Hashable, Sendable {
    /// An address of either kind.
    package enum Address: Hashable, Sendable {
        case ipv4(IPv4Address)
        case ipv6(IPv6Address)
    }

    /// The address.
    package let address: Address
    /// The port; 0 lets the system choose one.
    package let port: UInt16

    /// Makes an endpoint.
    package init(_ address: Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Whether the address is an IPv4 one.
    package var isIPv4: Bool { if case .ipv4 = address { true } else { false } }

    /// Whether only programs on this host reach it.
    package var isLoopback: Bool {
        switch address {
        case .ipv4(let address): address.rawValue >> 24 == 127
        case .ipv6(let address): address == .loopback
        }
    }
}

extension StreamEndpoint: LosslessStringConvertible {
    package init?(_ description: String) {
        guard let colon = description.lastIndex(of: ":"),
            let port = UInt16(description[description.index(after: colon)...]),
            description[colon...].dropFirst().first != "+"
        else { return nil }
        let host = description[..<colon]
        if host.first == "[", host.last == "]" {
            guard let address = IPv6Address(String(host.dropFirst().dropLast())) else { return nil }
            self.init(.ipv6(address), port: port)
        } else {
            guard let address = IPv4Address(String(host)) else { return nil }
            self.init(.ipv4(address), port: port)
        }
    }

    package var description: String {
        switch address {
        case .ipv4(let address): "\(address):\(port)"
        case .ipv6(let address): "[\(address)]:\(port)"
        }
    }
}
