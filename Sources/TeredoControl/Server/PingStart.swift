package import TeredoLinux

/// What became of sending the request of a ping.
package enum PingStart: Hashable, Sendable {
    /// It left; the answer follows.
    case begun
    /// It could not leave.
    case refused(EchoRefusal)
}
