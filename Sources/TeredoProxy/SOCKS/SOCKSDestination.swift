package import TeredoWire

/// Where a client of a SOCKS proxy wants to go.
package struct SOCKSDestination: Hashable, Sendable {
    /// An address or a name.
    package enum Host: Hashable, Sendable {
        case address(IPv6Address)
        /// 1 to 255 octets of UTF-8 without control characters, for the proxy to look up.
        case name(String)
    }

    /// Whom.
    package let host: Host
    /// The TCP port, 1 to 65535.
    package let port: UInt16

    /// Makes a destination.
    package init(_ host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads what a request has for a name: some programs put addresses there too, IPv6 ones with or without brackets.
    ///
    /// Throws what to answer to what is no name, or an IPv4 address.
    package init(name octets: some Collection<UInt8>, port: UInt16) throws(SOCKSReply) {
        guard let text = String(validating: Array(octets), as: UTF8.self), !text.isEmpty, text.utf8.count <= 255,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw .hostUnreachable }
        guard IPv4Address(text) == nil else { throw .addressTypeNotSupported }
        let bare = text.first == "[" && text.last == "]" ? String(text.dropFirst().dropLast()) : text
        if let address = IPv6Address(bare) {
            try self.init(address, port: port)
        } else if bare != text || text.contains(":") {
            throw .hostUnreachable
        } else {
            self.init(.name(text), port: port)
        }
    }

    /// Makes a destination of an address; throws what to answer to one that only contains an IPv4 address.
    package init(_ address: IPv6Address, port: UInt16) throws(SOCKSReply) {
        guard address.rawValue >> 32 != 0xFFFF else { throw .addressTypeNotSupported }
        self.init(.address(address), port: port)
    }
}

extension SOCKSDestination: CustomStringConvertible {
    package var description: String {
        switch host {
        case .address(let address): "[\(address)]:\(port)"
        case .name(let name): "\(name):\(port)"
        }
    }
}
