/// The client's side of a SOCKS 5 connection until data flows: what to send, and what came of it.
package struct SOCKSClient: Sendable {
    /// How many octets answer the greeting.
    package static let greetingAnswerLength = 2

    /// What is sent first: one method, which any proxy may know or only `teredo proxy` does.
    package static func greeting(anyProxy: Bool) -> [UInt8] { [SOCKSNegotiation.version, 1, method(anyProxy)] }

    /// Whether the proxy goes on without authentication.
    package static func accepts(_ answer: [UInt8], anyProxy: Bool) -> Bool {
        answer == [SOCKSNegotiation.version, method(anyProxy)]
    }

    private static func method(_ anyProxy: Bool) -> UInt8 {
        anyProxy ? SOCKSNegotiation.noAuthentication : SOCKSNegotiation.noAuthenticationHere
    }

    /// The request for a name or an address in text, of 1 to 255 octets.
    package static func request(_ host: String, port: UInt16) -> [UInt8] {
        let name = Array(host.utf8.prefix(255))
        return [SOCKSNegotiation.version, 1, 0, SOCKSNegotiation.AddressType.name, UInt8(name.count)] + name
            + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    /// How many octets the answer to a request has that begins with these five; `nil` for what is no answer.
    package static func answerLength(_ start: [UInt8]) -> Int? {
        guard start.count >= 5, start[0] == SOCKSNegotiation.version else { return nil }
        return switch start[3] {
        case SOCKSNegotiation.AddressType.ipv4: 4 + 4 + 2
        case SOCKSNegotiation.AddressType.ipv6: 4 + 16 + 2
        case SOCKSNegotiation.AddressType.name: 4 + 1 + Int(start[4]) + 2
        default: nil
        }
    }

    /// What an answer says; one that RFC 1928 does not know is a general failure.
    package static func reply(_ answer: [UInt8]) -> SOCKSReply {
        answer.count < 2 ? .generalFailure : SOCKSReply(rawValue: answer[1]) ?? .generalFailure
    }
}
