package import TeredoWire

/// How a SOCKS proxy answers a request (RFC 1928 section 6).
package enum SOCKSReply: UInt8, Error, Hashable, Sendable, CaseIterable {
    case succeeded = 0
    case generalFailure = 1
    case notAllowed = 2
    case networkUnreachable = 3
    case hostUnreachable = 4
    case connectionRefused = 5
    /// Nobody answered in time.
    case timeToLiveExpired = 6
    case commandNotSupported = 7
    case addressTypeNotSupported = 8
    /// The proxy has as many connections as it may: one of those that RFC 1928 leaves free, for `teredo connect` only.
    case noRoom = 0x84

    /// The octets of the answer, with the endpoint that the connection comes from; all zero for a failure.
    package func octets(_ address: IPv6Address = .unspecified, port: UInt16 = 0) -> [UInt8] {
        var octets: [UInt8] = [SOCKSNegotiation.version, rawValue, 0, SOCKSNegotiation.AddressType.ipv6]
        octets += (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> UInt128(120 - 8 * $0)) }
        return octets + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    /// What it means, for people.
    package var meaning: String {
        switch self {
        case .succeeded: "connected"
        case .generalFailure: "the proxy failed"
        case .noRoom: "the proxy has no room for another connection"
        case .notAllowed: "not allowed"
        case .networkUnreachable: "there is no Teredo address, or no way there"
        case .hostUnreachable: "the host cannot be reached, or has no IPv6 address"
        case .connectionRefused: "connection refused"
        case .timeToLiveExpired: "no answer in time"
        case .commandNotSupported: "the proxy makes TCP connections only"
        case .addressTypeNotSupported: "the proxy reaches IPv6 addresses only"
        }
    }
}
