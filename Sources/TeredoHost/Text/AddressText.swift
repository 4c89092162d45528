package import TeredoWire

/// Finds addresses in text, however they are written.
package enum AddressText {
    /// An address that was found.
    package enum Found: Hashable, Sendable {
        case ipv4(IPv4Address)
        case ipv6(IPv6Address)
        /// Six octets, as of Ethernet: with colons or dashes, or in the name of an interface that is called after them (`enx…`).
        case hardware([UInt8])

        /// Whether it tells something about a host: loopback, multicast, the unspecified address and well-known prefixes do not.
        package var isTelling: Bool {
            switch self {
            case .ipv4(let address):
                address != .unspecified && address != .broadcast && !address.isMulticast
                    && address.rawValue >> 24 != 127
            case .ipv6(let address):
                !address.isMulticast && address != .loopback && !AddressText.wellKnown.contains(address)
            case .hardware: true
            }
        }
    }

    /// The address that begins at `index`, and how many octets it has: the longest text that is one and does not go on with a
    /// further digit.
    package static func find(in octets: [UInt8], at index: Int) -> (address: Found, length: Int)? {
        if let address = interfaceSuffix(octets, at: index) { return (.hardware(address), hardwareDigits) }
        let run = octets[index...].prefix(longest).prefix { $0.isAddressOctet }
        let colons = run.count { $0 == UInt8(ascii: ":") }
        guard colons >= 2 || run.count(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }) >= 3 else {
            return nil
        }
        let isAfterDigit = index > 0 && octets[index - 1].isDecimalDigit
        for length in stride(from: run.count, through: 2, by: -1) {
            let end = index + length
            if end < octets.count, octets[end].isHexadecimalDigit { continue }
            let text = String(decoding: octets[index..<end], as: UTF8.self)
            if !isAfterDigit, let address = ipv4(text) { return (.ipv4(address), length) }
            if let address = IPv6Address(text) { return (.ipv6(address), length) }
            if let address = hardware(text) { return (.hardware(address), length) }
        }
        return nil
    }

    /// The text with what `replacement` gives in the place of each address; `nil` leaves it as it is.
    package static func replacing(_ text: String, with replacement: (Found) -> String?) -> String {
        let octets = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            if let (address, length) = find(in: octets, at: index) {
                output += replacement(address).map { Array($0.utf8) } ?? Array(octets[index..<index + length])
                index += length
            } else {
                output.append(octets[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let longest = 45

    /// An IPv4 address as usual, or with dashes as in host names.
    private static func ipv4(_ text: String) -> IPv4Address? {
        IPv4Address(text)
            ?? IPv4Address(text.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "."))
    }

    /// The address in the name of an interface that systemd called after it: two letters for its kind, an x, and twelve digits.
    private static func interfaceSuffix(_ octets: [UInt8], at index: Int) -> [UInt8]? {
        let digits = octets[index...].prefix(hardwareDigits + 1).prefix(while: \.isHexadecimalDigit)
        guard index >= 3, digits.count == hardwareDigits,
            interfaceKinds.contains(where: octets[index - 3..<index].elementsEqual)
        else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        return UInt64(text, radix: 16).map { value in
            (0..<6).map { UInt8(truncatingIfNeeded: value >> (40 - 8 * UInt64($0))) }
        }
    }

    private static let hardwareDigits = 12
    private static let interfaceKinds = ["enx", "ibx", "slx", "wlx", "wwx"].map { Array($0.utf8) }

    private static func hardware(_ text: String) -> [UInt8]? {
        let separator: Character = text.contains(":") ? ":" : "-"
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let octets = parts.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
        return parts.count == 6 && octets.count == 6 ? octets : nil
    }

    private static let wellKnown: Set = [
        .unspecified, IPv6Prefix.teredo.address, IPv6Address(high: 0xFE80_0000_0000_0000, low: 0),
        IPv6Address(high: 0xFC00_0000_0000_0000, low: 0), IPv6Address(high: 0x2000_0000_0000_0000, low: 0),
        // The link-local addresses that all clients of RFC 4380 have.
        IPv6Address(high: 0xFE80_0000_0000_0000, low: 0xFFFF_FFFF_FFFF),
        IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x8000_FFFF_FFFF_FFFF),
    ]
}

extension UInt8 {
    /// A digit of a decimal number.
    package var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isHexadecimalDigit: Bool {
        isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }

    fileprivate var isAddressOctet: Bool {
        isHexadecimalDigit || self == UInt8(ascii: ":") || self == UInt8(ascii: ".") || self == UInt8(ascii: "-")
    }
}
