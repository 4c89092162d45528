import Glibc

/// Why an echo request came to nothing.
package struct EchoRefusal: Hashable, Sendable {
    /// The word for programs.
    package enum Cause: String, CaseIterable, Hashable, Sendable, Codable {
        /// No route leads there.
        case noRoute
        /// A router on the way, or the last link, does not reach the host.
        case hostUnreachable
        /// The host takes no echo requests.
        case portUnreachable
        /// A firewall forbids it.
        case prohibited
        /// The packet is too big for a link on the way.
        case tooBig
        /// Anything else.
        case other
    }

    /// The word.
    package let cause: Cause
    /// The same in the system's words.
    package let reason: String

    /// What somebody else says.
    package init(_ cause: Cause, reason: String) {
        self.cause = cause
        self.reason = reason
    }

    /// What the system says with an errno value.
    package init(_ error: SystemError) {
        reason = error.reason
        cause =
            switch error.code {
            case ENETUNREACH: .noRoute
            case EHOSTUNREACH: .hostUnreachable
            case ECONNREFUSED: .portUnreachable
            case EACCES, EPERM: .prohibited
            case EMSGSIZE: .tooBig
            default: .other
            }
    }
}
