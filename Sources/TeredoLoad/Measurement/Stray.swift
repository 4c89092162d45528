/// What came in and is no answer to anything.
package enum Stray: Int, CaseIterable, Hashable, Sendable {
    /// For an endpoint whose client left, or has another port by now.
    case nobodyThere
    /// An ICMP error of IPv4.
    case icmpError
    /// A bubble that needs no answer, as relays send behind NATs.
    case plainBubble
    /// No UDP datagram over IPv4, or no Teredo in it.
    case malformed
    /// From another endpoint than those of server and relays.
    case stranger
    /// For another IPv6 address than the client's.
    case foreignDestination
    /// Something that no client asked for.
    case unexpected

    /// The name in reports.
    package var name: String {
        switch self {
        case .nobodyThere: "nobody-there"
        case .icmpError: "icmp-error"
        case .plainBubble: "plain-bubble"
        case .malformed: "malformed"
        case .stranger: "stranger"
        case .foreignDestination: "foreign-destination"
        case .unexpected: "unexpected"
        }
    }

    /// Whether it shows that a server or relay did something wrong.
    package var isWrong: Bool {
        switch self {
        case .nobodyThere, .icmpError, .plainBubble: false
        case .malformed, .stranger, .foreignDestination, .unexpected: true
        }
    }
}
