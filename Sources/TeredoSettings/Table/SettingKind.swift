import TeredoLinux
import TeredoWire

/// What the value of a setting may be.
package enum SettingKind: Hashable, Sendable {
    case boolean
    case integer(ClosedRange<Int>)
    case choice([String])
    /// One of some words, or a number.
    case wordOrInteger([String], ClosedRange<Int>)
    case ipv4Address
    case endpoint
    /// An IPv4 or IPv6 address and a TCP port.
    case streamEndpoint
    case ipv4Prefix
    case ipv6Prefix
    case sourcePrefix
    case inboundRule
    case text

    /// What is allowed, for people.
    package var allowed: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let range): "a whole number, \(range.lowerBound) to \(range.upperBound)"
        case .choice(let names): names.joined(separator: ", ")
        case .wordOrInteger(let words, let range):
            "\(words.joined(separator: ", ")), or a whole number, \(range.lowerBound) to \(range.upperBound)"
        case .ipv4Address: "an IPv4 address such as 192.0.2.1"
        case .endpoint: "an IPv4 address and a port such as 192.0.2.1:3545"
        case .streamEndpoint: "an address and a port such as 127.0.0.1:1080 or [::1]:1080"
        case .ipv4Prefix: "an IPv4 prefix such as 10.0.0.0/8"
        case .ipv6Prefix: "an IPv6 prefix such as 2001:db8::/32"
        case .sourcePrefix:
            "an IPv4 prefix, or an IPv6 prefix outside 2001::/32, such as 203.0.113.0/24 or 2001:db8::/32"
        case .inboundRule: "traffic such as tcp/22, udp/6000-6010, 'tcp/22 from 2001:db8::/32' or all"
        case .text: "text"
        }
    }

    /// Whether `text` is such a value; what depends on other settings is checked later.
    package func accepts(_ text: String) -> Bool {
        switch self {
        case .boolean: text == "true" || text == "false"
        case .integer(let range): Int(text).map(range.contains) ?? false
        case .choice(let names): names.contains(text)
        case .wordOrInteger(let words, let range): words.contains(text) || Int(text).map(range.contains) ?? false
        case .ipv4Address: IPv4Address(text) != nil
        case .endpoint: UDPEndpoint(text) != nil
        case .streamEndpoint: StreamEndpoint(text) != nil
        case .ipv4Prefix: IPv4Prefix(text) != nil
        case .ipv6Prefix: IPv6Prefix(text) != nil
        case .sourcePrefix: SourcePrefix(text) != nil
        case .inboundRule: InboundRule(text) != nil
        case .text: !text.isEmpty
        }
    }
}
