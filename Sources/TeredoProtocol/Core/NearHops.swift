public import TeredoWire

/// The routers next to this host on its way out, as far as they tell: by ICMPv4 "time exceeded" about datagrams with a small time
/// to live.
///
/// They show how far a bubble must go to open one's own NATs, all of which it has passed when it reaches a router of the
/// Internet.
public struct NearHops: Hashable, Sendable {
    /// What answered for hop 1, 2 and so on; `nil` for a hop that is silent.
    public let addresses: [IPv4Address?]

    /// Makes a list of hops; empty when nothing is known.
    public init(_ addresses: [IPv4Address?] = []) {
        self.addresses = addresses
    }

    /// The time to live with which a datagram passes all of one's own NATs and dies at the router behind them: the number of the first
    /// hop with a global address; `nil` when none is known.
    ///
    /// A host whose address `local` is not the one that its server sees, `mapped`, is behind a NAT, and that NAT may answer
    /// with the mapped address itself: neither it nor hop 1 is a router behind it. A carrier's NAT has private or shared
    /// addresses (RFC 6598) inside.
    public func openerTimeToLive(
        local: IPv4Address?,
        mapped: IPv4Address?,
        filter: GlobalUnicastFilter
    ) -> UInt8? {
        guard let mapped else { return nil }
        let first = local == mapped ? 0 : 1
        let hop = addresses.indices.first { index in
            guard index >= first, let address = addresses[index], address != mapped else { return false }
            return filter.isGlobalUnicast(address)
        }
        return hop.flatMap { UInt8(exactly: $0 + 1) }
    }
}
