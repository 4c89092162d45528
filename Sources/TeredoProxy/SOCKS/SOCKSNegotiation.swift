import TeredoWire

/// The proxy's side of a SOCKS 5 connection until data flows (RFC 1928): octets in, answers and the request out.
///
/// CONNECT without authentication is all there is. What comes in may be cut anywhere; it is kept up to one read of the caller's,
/// which has no reason to read on once there is a request.
package struct SOCKSNegotiation: Sendable {
    /// What is to be done.
    package enum Step: Hashable, Sendable {
        /// Send these octets, and go on.
        case answer([UInt8])
        /// Connect, and answer with a ``SOCKSReply``.
        case connect(SOCKSDestination)
        /// Send these octets, if any, and close: the reason is for the log.
        case close([UInt8], reason: String)
    }

    /// The address types of section 5.
    enum AddressType {
        static let ipv4: UInt8 = 1
        static let name: UInt8 = 3
        static let ipv6: UInt8 = 4
    }

    private enum Phase {
        case greeting
        case request
        case over
    }

    static let version: UInt8 = 5
    static let noAuthentication: UInt8 = 0
    /// The same, of those that are for private use: whoever offers nothing else gets an answer from this program only, and tells no
    /// other proxy where it wants to go.
    static let noAuthenticationHere: UInt8 = 0x84
    private static let noMethod: UInt8 = 0xFF
    private static let connect: UInt8 = 1

    private var phase = Phase.greeting
    private var octets: [UInt8] = []
    /// Whether the client is `teredo connect`, which knows replies of this program's own.
    package private(set) var isOwnClient = false

    /// Begins with the greeting of a client.
    package init() {}

    /// Takes octets that came in.
    package mutating func receive(_ more: some Collection<UInt8>) { octets += more }

    /// The next thing to do; `nil` when more has to come in, or there is nothing left to do.
    package mutating func next() -> Step? {
        switch phase {
        case .greeting: takeGreeting()
        case .request: takeRequest()
        case .over: nil
        }
    }

    /// What came in behind the request: data for the other side, from a client that did not wait for the answer.
    package mutating func takeRest() -> [UInt8] {
        defer { octets = [] }
        return octets
    }

    private mutating func takeGreeting() -> Step? {
        guard let first = octets.first else { return nil }
        guard first == Self.version else { return end([], "this is no SOCKS 5") }
        guard octets.count >= 2, octets.count >= 2 + Int(octets[1]) else { return nil }
        let length = 2 + Int(octets[1])
        let offered = octets[2..<length]
        let method = [Self.noAuthentication, Self.noAuthenticationHere].first { offered.contains($0) }
        octets.removeFirst(length)
        guard let method else { return end([Self.version, Self.noMethod], "the client insists on authentication") }
        phase = .request
        isOwnClient = method == Self.noAuthenticationHere
        return .answer([Self.version, method])
    }

    private mutating func takeRequest() -> Step? {
        guard octets.count >= 1 else { return nil }
        guard octets[0] == Self.version else { return end([], "this is no SOCKS 5") }
        guard octets.count >= 5 else { return nil }
        guard octets[2] == 0 else { return refuse(.generalFailure) }
        let addressLength: Int
        switch octets[3] {
        case AddressType.ipv4: addressLength = 4
        case AddressType.ipv6: addressLength = 16
        case AddressType.name: addressLength = 1 + Int(octets[4])
        default: return refuse(.addressTypeNotSupported)
        }
        let length = 4 + addressLength + 2
        guard octets.count >= length else { return nil }
        guard octets[1] == Self.connect else { return refuse(.commandNotSupported) }
        let port = UInt16(octets[length - 2]) << 8 | UInt16(octets[length - 1])
        let address = octets[4..<4 + addressLength]
        let kind = octets[3]
        octets.removeFirst(length)
        guard port != 0 else { return refuse(.connectionRefused) }
        do throws(SOCKSReply) {
            let destination: SOCKSDestination
            switch kind {
            case AddressType.ipv4: throw .addressTypeNotSupported
            case AddressType.ipv6:
                let value = address.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
                destination = try SOCKSDestination(IPv6Address(rawValue: value), port: port)
            default: destination = try SOCKSDestination(name: address.dropFirst(), port: port)
            }
            phase = .over
            return .connect(destination)
        } catch {
            return refuse(error)
        }
    }

    private mutating func refuse(_ reply: SOCKSReply) -> Step { end(reply.octets(), reply.meaning) }

    private mutating func end(_ answer: [UInt8], _ reason: String) -> Step {
        phase = .over
        octets = []
        return .close(answer, reason: reason)
    }
}
