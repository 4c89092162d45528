package import TeredoHost
package import TeredoWire

/// What every bit of a Teredo address says (RFC 4380 section 4, RFC 5991 section 3), as text and as JSON.
package struct AddressExplanation: Hashable, Sendable {
    /// The address in its parts.
    package let address: TeredoAddress

    /// Explains an address that is known to be a Teredo address.
    package init(_ address: TeredoAddress) {
        self.address = address
    }

    /// Explains the address written in `text`; throws when it is not a Teredo address, and says why.
    package init(parsing text: String) throws(ServiceError) {
        guard let ipv6 = IPv6Address(text) else { throw Self.notAnAddress(text) }
        guard let address = TeredoAddress(ipv6) else { throw Self.notTeredo(ipv6) }
        self.address = address
    }

    /// The fields of the address from the first bit to the last, the flags one by one.
    package var fields: [AddressField] {
        let ipv6 = address.ipv6
        return [
            field(
                "0-31",
                "prefix",
                Self.hexadecimalPair(UInt32(truncatingIfNeeded: ipv6.high >> 32)),
                "the Teredo service prefix 2001::/32"
            ),
            field("32-63", "server", Self.hexadecimalPair(address.server.rawValue), address.server.description),
            field("64-79", "flags", Self.hexadecimal(address.flags.rawValue), address.flags.description),
        ] + flagFields + [
            field(
                "80-95",
                "obfuscated port",
                Self.hexadecimal(UInt16(truncatingIfNeeded: ipv6.low >> 32)),
                "mapped port \(address.mappedEndpoint.port) (every bit inverted)"
            ),
            field(
                "96-127",
                "obfuscated address",
                Self.hexadecimalPair(UInt32(truncatingIfNeeded: ipv6.low)),
                "mapped address \(address.mappedEndpoint.address) (every bit inverted)"
            ),
        ]
    }

    private var flagFields: [AddressField] {
        let flags = address.flags
        return [
            flag(
                "64",
                "C",
                Self.bit(flags.coneBit),
                flags.coneBit ? "cone bit: set (clients of RFC 4380 behind a cone NAT)" : "cone bit: clear"
            ),
            flag("65", "z", Self.bit(flags.reservedBit), "reserved: sent as 0, ignored on receipt"),
            flag("66-69", "Random1", Self.binary(flags.rawValue >> 10 & 0xF, width: 4), "random bits of RFC 5991"),
            flag("70", "U", Self.bit(flags.universalBit), "universal/local bit: 0"),
            flag("71", "G", Self.bit(flags.groupBit), "individual/group bit: 0"),
            flag("72-79", "Random2", Self.binary(flags.rawValue & 0xFF, width: 8), "random bits of RFC 5991"),
        ]
    }

    private func field(_ bits: String, _ name: String, _ raw: String, _ meaning: String) -> AddressField {
        AddressField(bits: bits, name: name, raw: raw, meaning: meaning, isFlag: false)
    }

    private func flag(_ bits: String, _ name: String, _ raw: String, _ meaning: String) -> AddressField {
        AddressField(bits: bits, name: name, raw: raw, meaning: meaning, isFlag: true)
    }

    private static func bit(_ value: Bool) -> String { value ? "1" : "0" }

    private static func binary(_ value: UInt16, width: Int) -> String { padded(String(value, radix: 2), width) }

    private static func hexadecimal(_ value: UInt16) -> String { padded(String(value, radix: 16), 4) }

    private static func hexadecimalPair(_ value: UInt32) -> String {
        "\(hexadecimal(UInt16(value >> 16))):\(hexadecimal(UInt16(truncatingIfNeeded: value)))"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension AddressExplanation {
    /// The explanation as a table for people.
    package var text: String {
        var table = TextTable(headings: ["Bits", "Field", "Raw", "Meaning"])
        for field in fields {
            let indent = field.isFlag ? "  " : ""
            table.append([indent + field.bits, indent + field.name, field.raw, field.meaning])
        }
        var lines = ["\(address) is a Teredo address.", ""]
        lines += table.lines
        lines += ["", "Server           \(address.server)", "Mapped endpoint  \(address.mappedEndpoint)"]
        if !notes.isEmpty { lines += ["", "Notes"] + notes.map { "  * \($0)" } }
        return lines.joined(separator: "\n")
    }
}

extension AddressExplanation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case address
        case server
        case mappedEndpoint
        case flags
        case cone
        case fields
        case notes
    }

    /// Encodes the address, its parts, the fields and the notes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address.ipv6, forKey: .address)
        try container.encode(address.server, forKey: .server)
        try container.encode(address.mappedEndpoint, forKey: .mappedEndpoint)
        try container.encode(address.flags.description, forKey: .flags)
        try container.encode(address.flags.coneBit, forKey: .cone)
        try container.encode(fields, forKey: .fields)
        try container.encode(notes, forKey: .notes)
    }
}
