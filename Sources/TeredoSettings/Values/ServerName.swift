import TeredoHost
package import TeredoWire

/// How the administrator named the server of a client: by address or by a name to resolve.
package enum ServerName: TextCoded, Hashable, Sendable {
    case address(IPv4Address)
    case name(String)

    /// Takes anything that is not an IPv4 address for a name.
    package init(_ text: String) {
        if let address = IPv4Address(text) {
            self = .address(address)
        } else {
            self = .name(text)
        }
    }

    /// The address or the name.
    package var description: String {
        switch self {
        case .address(let address): address.description
        case .name(let name): name
        }
    }

    /// Throws for what cannot be a server, where `prefixes` count as global.
    func validate(internalPrefixes prefixes: [IPv4Prefix]) throws(ConfigurationError) {
        switch self {
        case .address(let address):
            if let kind = GlobalAddress.objection(to: address, internalPrefixes: prefixes) {
                throw ConfigurationError("--server", "\(address) is \(kind): a server has a global IPv4 address")
            }
        case .name(let name):
            let looksNumeric = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            let isName =
                (1...253).contains(name.utf8.count)
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                }
            guard isName, !looksNumeric else {
                throw ConfigurationError(
                    "--server",
                    "'\(name)' is neither an IPv4 address nor a host name; give one such as 192.0.2.1 or"
                        + " teredo.example.org, without a port (servers listen on 3544)"
                )
            }
        }
    }
}
