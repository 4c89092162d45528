/// What the packets of a capture begin with, by the numbers that tcpdump.org registers.
package struct LinkType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The loopback interface of BSD: the protocol family in the order of the octets of whoever wrote it.
    package static let null = Self(rawValue: 0)
    /// Ethernet, with or without VLAN tags.
    package static let ethernet = Self(rawValue: 1)
    /// IPv4 or IPv6 packets with nothing in front of them.
    package static let raw = Self(rawValue: 101)
    /// The loopback interface of OpenBSD: the protocol family in network order.
    package static let loop = Self(rawValue: 108)
    /// "Cooked" packets of Linux, from the interface "any".
    package static let linuxCooked = Self(rawValue: 113)
    /// IPv4 packets.
    package static let ipv4 = Self(rawValue: 228)
    /// IPv6 packets.
    package static let ipv6 = Self(rawValue: 229)
    /// The second version of the "cooked" packets of Linux.
    package static let linuxCooked2 = Self(rawValue: 276)

    /// Whether packets of this type can be read.
    package var isSupported: Bool { Self.names[rawValue] != nil }

    package var description: String { Self.names[rawValue] ?? "link type \(rawValue)" }

    /// Raw IP is 12 or 14 in files of programs that wrote the number of their own system.
    static let rawNumbers: Set<UInt16> = [12, 14, 101]

    private static let names: [UInt16: String] = [
        0: "BSD loopback", 1: "Ethernet", 12: "raw IP", 14: "raw IP", 101: "raw IP", 108: "OpenBSD loopback",
        113: "Linux cooked", 228: "raw IPv4", 229: "raw IPv6", 276: "Linux cooked v2",
    ]
}
