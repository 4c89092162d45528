package import TeredoWire

/// Finds out which routers are next to this host on its way out, by datagrams that die there: as far as the first that shows that
/// all of one's own NATs are passed (``NearHops``).
///
/// At most two datagrams are under way, and two are sent to each hop: sixteen in all.
package struct HopSearch: Sendable {
    /// The way that is looked along.
    package struct Way: Hashable, Sendable {
        /// Where the datagrams are addressed to.
        package let server: IPv4Address
        /// The address of this host on the way.
        package let local: IPv4Address
        /// The address that the server sees, once that is known.
        package let mapped: IPv4Address?

        /// Makes a way.
        package init(server: IPv4Address, local: IPv4Address, mapped: IPv4Address?) {
            self.server = server
            self.local = local
            self.mapped = mapped
        }
    }

    private struct Hop: Sendable {
        var attempts = 0
        var deadline: ProtocolInstant?
        var address: IPv4Address?
        var isSettled = false
    }

    private let way: Way
    private let filter: GlobalUnicastFilter
    private var hops: [Hop] = []

    /// The farthest hop that is asked.
    package static let limit = 8
    private static let attemptLimit = 2
    private static let patience = Duration.milliseconds(500)
    private static let window = 2

    /// Looks along a way; nothing is sent before ``nextProbe(now:)`` is asked.
    package init(along way: Way, filter: GlobalUnicastFilter) {
        self.way = way
        self.filter = filter
    }

    /// The hops so far, hop 1 first; `nil` for one that is silent.
    package var addresses: [IPv4Address?] { hops.map(\.address) }

    /// Whether nothing more is to be found out.
    package var isFinished: Bool {
        guard let last = hops.firstIndex(where: { !$0.isSettled }) else {
            return reachesInternet || hops.count >= Self.limit
        }
        return hops.prefix(last).contains { $0.address != nil } && reachesInternet(within: last)
    }

    private var reachesInternet: Bool { reachesInternet(within: hops.count) }

    /// Whether the first `count` hops show where the Internet begins.
    private func reachesInternet(within count: Int) -> Bool {
        let known = NearHops(hops.prefix(count).map(\.address))
        // A host with a global address may be without a NAT; what the server sees tells.
        let mapped = way.mapped ?? (filter.isGlobalUnicast(way.local) ? way.local : .unspecified)
        return known.openerTimeToLive(local: way.local, mapped: mapped, filter: filter) != nil
    }

    /// When ``nextProbe(now:)`` is to be asked again if nothing comes before; `nil` when the search is over.
    package var nextTimeout: ProtocolInstant? { isFinished ? nil : hops.compactMap(\.deadline).min() }

    /// The time to live of the next datagram to send; `nil` when none is due.
    package mutating func nextProbe(now: ProtocolInstant) -> UInt8? {
        for index in hops.indices {
            guard let deadline = hops[index].deadline, deadline <= now else { continue }
            if hops[index].attempts < Self.attemptLimit { return send(index, now: now) }
            hops[index].deadline = nil
            hops[index].isSettled = true
        }
        guard !isFinished, hops.count < Self.limit, hops.count(where: { !$0.isSettled }) < Self.window else {
            return nil
        }
        hops.append(Hop())
        return send(hops.count - 1, now: now)
    }

    private mutating func send(_ index: Int, now: ProtocolInstant) -> UInt8 {
        hops[index].attempts += 1
        hops[index].deadline = now + Self.patience
        return UInt8(index + 1)
    }

    /// A datagram with this time to live died at `address`; `nil` when something else became of it.
    package mutating func note(_ address: IPv4Address?, at timeToLive: UInt8) {
        let index = Int(timeToLive) - 1
        guard hops.indices.contains(index), !hops[index].isSettled else { return }
        hops[index].address = address
        hops[index].deadline = nil
        hops[index].isSettled = true
    }
}
