package import TeredoWire

// Spans cannot stand inside the testing macros; these take arrays instead.

extension TeredoDatagram {
    /// Validates an array.
    package init(validating bytes: [UInt8]) throws(WireError) { try self.init(validating: bytes.span) }
}

extension IPv6Header {
    /// Validates an array.
    package init(validating bytes: [UInt8]) throws(WireError) { try self.init(validating: bytes.span) }
}

extension OriginIndication {
    /// Parses an array.
    package init(parsing bytes: [UInt8]) throws(WireError) { try self.init(parsing: bytes.span) }
}

extension AuthenticationLayout {
    /// Validates an array.
    package init(validating bytes: [UInt8]) throws(WireError) { try self.init(validating: bytes.span) }
}

extension AuthenticationEncapsulation {
    /// Parses an array.
    package init(parsing bytes: [UInt8]) throws(WireError) { try self.init(parsing: bytes.span) }
}

extension RouterSolicitation {
    /// Validates an array.
    package init(validating packet: [UInt8]) throws(WireError) { try self.init(validating: packet.span) }
}

extension RouterAdvertisement {
    /// Validates an array.
    package init(validating packet: [UInt8]) throws(WireError) { try self.init(validating: packet.span) }
}

extension EchoMessage {
    /// Validates an array.
    package init(validating packet: [UInt8]) throws(WireError) { try self.init(validating: packet.span) }
}

extension TrailerList {
    /// Parses an array.
    package init(parsing bytes: [UInt8]) throws(WireError) { try self.init(parsing: bytes.span) }
}

extension ICMPv6Error {
    /// Whether an error may be sent about an array.
    package static func mayBeSent(about packet: [UInt8]) -> Bool { mayBeSent(about: packet.span) }
}

extension IPv6ExtensionHeaders {
    /// Looks for source routing in an array.
    package static func requiresSourceRouting(_ packet: [UInt8]) -> Bool { requiresSourceRouting(packet.span) }
}

extension OutputSpan where Element == UInt8 {
    /// Appends the octets of an array.
    package mutating func append(octets: [UInt8]) { append(copying: octets.span) }
}
