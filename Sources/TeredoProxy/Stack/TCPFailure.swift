/// Why a connection of a ``TCPStack`` is over before both sides ended it.
package enum TCPFailure: Hashable, Sendable {
    /// Nobody listens there.
    case refused
    /// The other side broke it off.
    case reset
    /// The other side does not answer, or no more.
    case timedOut
    /// There is no route (ICMPv6).
    case noRoute
    /// Somebody on the way forbids it (ICMPv6).
    case prohibited
    /// The host cannot be reached (ICMPv6).
    case unreachable
    /// The address that it was made from is gone.
    case otherAddress

    /// How a SOCKS proxy tells of it.
    package var reply: SOCKSReply {
        switch self {
        case .refused: .connectionRefused
        case .reset, .otherAddress: .generalFailure
        case .timedOut: .timeToLiveExpired
        case .noRoute: .networkUnreachable
        case .prohibited: .notAllowed
        case .unreachable: .hostUnreachable
        }
    }
}
