/// The classes of NAT that decide who can connect, strictest last (docs/nat-matrix.md).
package enum NATExpectationClass: Int, CaseIterable, Hashable, Sendable {
    /// No NAT or a full cone: anyone may send.
    case open
    case addressRestricted
    case portRestricted
    /// Another port for each destination, one public address.
    case symmetric
    /// Another port, and perhaps another address, for each destination.
    case addressSymmetric

    /// The class of one NAT behind another: the stricter of the two.
    package func behind(_ outer: Self) -> Self {
        rawValue >= outer.rawValue ? self : outer
    }
}
