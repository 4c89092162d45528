/// What the packets of a capture were.
package struct PacketCounts: Hashable, Sendable {
    /// All packets of the file.
    package var all = 0
    /// Datagrams that are Teredo for certain.
    package var certain = 0
    /// Datagrams that are likely to be Teredo.
    package var likely = 0
    /// Datagrams that may be Teredo and are not well-formed.
    package var possible = 0
    /// Fragments of which no more can be told, ICMPv4 errors about Teredo, and IPv6 outside of the tunnel.
    package var related = 0
    /// What has nothing to do with Teredo.
    package var other = 0
    /// Packets of a link type that is not known.
    package var unknownLink = 0
    /// Packets that the capture has only a part of.
    package var cut = 0
    /// Fragments of IPv4.
    package var fragments = 0

    mutating func note(_ sureness: Sureness) {
        switch sureness {
        case .certain: certain += 1
        case .likely: likely += 1
        case .possible: possible += 1
        }
    }

    /// Datagrams that are Teredo, for certain or likely.
    package var teredo: Int { certain + likely }
}
