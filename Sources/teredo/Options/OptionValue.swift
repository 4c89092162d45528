import ArgumentParser
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Turns the text of options into values, with messages that say what would be right.
enum OptionValue {
    /// The value of a setting whose kind is written like `Value`.
    static func value<Value: TextCoded>(_ text: String, of setting: Setting) throws -> Value {
        guard let value = Value(text) else { throw ValidationError("'\(text)' is not \(setting.kind.allowed)") }
        return value
    }

    static func ipv4Address(_ text: String) throws -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw ValidationError("'\(text)' is not an IPv4 address such as 192.0.2.1")
        }
        return address
    }

    static func ipv6Address(_ text: String) throws -> IPv6Address {
        guard let address = IPv6Address(text) else {
            throw ValidationError("'\(text)' is not an IPv6 address such as 2001:db8::1")
        }
        return address
    }

    /// An IPv6 address, or a name that is looked up later.
    static func hostAddress(_ text: String) throws -> HostAddress {
        do { return try HostAddress(text) } catch { throw ValidationError("\(error.message); \(error.remedy)") }
    }

    static func endpoint(_ text: String) throws -> UDPEndpoint {
        guard let endpoint = UDPEndpoint(text) else {
            throw ValidationError("'\(text)' is not an IPv4 address and a port such as 192.0.2.1:3545")
        }
        return endpoint
    }

    static func streamEndpoint(_ text: String) throws -> StreamEndpoint { try value(text, of: .listen) }

    static func offloads(_ text: String) throws -> Set<Offload> {
        if text == "all" { return Offload.all }
        guard let offload = Offload(rawValue: text) else {
            let names = Offload.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is not an offload; use all, \(names)")
        }
        return [offload]
    }

    static func ipv4Prefix(_ text: String) throws -> IPv4Prefix {
        guard let prefix = IPv4Prefix(text) else {
            throw ValidationError("'\(text)' is not an IPv4 prefix such as 198.18.0.0/15")
        }
        return prefix
    }

    static func ipv6Prefix(_ text: String) throws -> IPv6Prefix {
        guard let prefix = IPv6Prefix(text) else {
            throw ValidationError("'\(text)' is not an IPv6 prefix such as 2001:db8::/32")
        }
        return prefix
    }

    static func flags(_ text: String) throws -> TeredoFlags {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
        guard (1...4).contains(digits.utf8.count), digits.allSatisfy(\.isHexDigit),
            let value = UInt16(digits, radix: 16)
        else { throw ValidationError("'\(text)' is not a number of up to four hexadecimal digits such as 0x2cad") }
        return TeredoFlags(rawValue: value)
    }
}
