import FlyingSocks
import Glibc

/// Where to listen: a numeric address and a port.
package struct ListeningAddress: Hashable, Sendable, CustomStringConvertible {
    /// The port when none is given.
    package static let usualPort: UInt16 = 8544
    /// Only programs of this host reach these.
    package static let loopback = [
        ListeningAddress(host: "127.0.0.1", isIPv6: false, port: usualPort),
        ListeningAddress(host: "::1", isIPv6: true, port: usualPort),
    ]

    /// The address in its usual form.
    package let host: String
    /// Which kind of address.
    package let isIPv6: Bool
    /// The port; 0 for any.
    package var port: UInt16

    private init(host: String, isIPv6: Bool, port: UInt16) {
        self.host = host
        self.isIPv6 = isIPv6
        self.port = port
    }

    /// Reads `127.0.0.1:8544`, `[::1]:8544`, or either without a port.
    package init?(_ text: String) {
        var host = Substring(text)
        var port: Substring?
        let isBracketed = text.first == "["
        if isBracketed {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard let address = Self.normalized(String(host)), address.isIPv6 || !isBracketed else { return nil }
        guard let number = port.map({ UInt16($0) }) ?? Self.usualPort else { return nil }
        self.init(host: address.text, isIPv6: address.isIPv6, port: number)
    }

    /// An address as the system writes it, so that two that are the same look the same; `nil` for a name.
    static func normalized(_ text: String) -> (text: String, isIPv6: Bool)? {
        for family in [AF_INET, AF_INET6] {
            var octets = [UInt8](repeating: 0, count: 16)
            guard unsafe inet_pton(family, text, &octets) == 1 else { continue }
            var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard unsafe inet_ntop(family, octets, &name, socklen_t(name.count)) != nil else { return nil }
            let end = name.firstIndex(of: 0) ?? name.count
            return (String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self), family == AF_INET6)
        }
        return nil
    }

    /// Whether only programs of this host can reach it.
    package var isLoopback: Bool { isIPv6 ? host == "::1" : host.hasPrefix("127.") }

    /// Whether it stands for all addresses of the host.
    package var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
