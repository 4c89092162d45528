package import TeredoWire

/// The octets that `text` spells in hexadecimal; white space between them is ignored.
package func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    precondition(digits.count.isMultiple(of: 2), "an octet needs two digits")
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The octets that `encode` appends.
package func encoded(capacity: Int = 2048, _ encode: (inout OutputSpan<UInt8>) -> Void) -> [UInt8] {
    [UInt8](capacity: capacity) { encode(&$0) }
}

/// The address that `text` spells; only for literals in tests.
package func ipv6(_ text: String) -> IPv6Address {
    guard let address = IPv6Address(text) else { preconditionFailure("not an IPv6 address: \(text)") }
    return address
}

/// The address that `text` spells; only for literals in tests.
package func ipv4(_ text: String) -> IPv4Address {
    guard let address = IPv4Address(text) else { preconditionFailure("not an IPv4 address: \(text)") }
    return address
}

/// The endpoint that `text` spells; only for literals in tests.
package func endpoint(_ text: String) -> UDPEndpoint {
    guard let endpoint = UDPEndpoint(text) else { preconditionFailure("not an endpoint: \(text)") }
    return endpoint
}
