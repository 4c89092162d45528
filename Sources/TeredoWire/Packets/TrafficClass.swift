/// The traffic class of IPv6, or type of service of IPv4: six bits of DSCP (RFC 2474) and two of ECN (RFC 3168).
public struct TrafficClass: RawRepresentable, Hashable, Sendable {
    /// The octet as it stands in the IPv4 header.
    public let rawValue: UInt8

    /// Makes a class of the octet.
    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No class, and no ECN.
    public static let none = Self(rawValue: 0)

    /// What ECN says.
    public enum CongestionMark: UInt8, Hashable, Sendable, CaseIterable {
        /// The transport knows no ECN.
        case notCapable = 0
        /// ECT(1).
        case capableOne = 1
        /// ECT(0).
        case capableZero = 2
        /// Congestion was met.
        case experienced = 3
    }

    /// The two bits of ECN.
    public var congestionMark: CongestionMark { CongestionMark(rawValue: rawValue & 3) ?? .notCapable }
    /// The six bits of DSCP, 0 to 63.
    public var codePoint: UInt8 { rawValue >> 2 }

    /// The class in the first two octets of an IPv6 header; something else begins otherwise, and has none.
    @inlinable @inline(__always)
    public init(ofPacketBeginningWith first: UInt8, _ second: UInt8) {
        rawValue = first >> 4 == 6 ? first << 4 | second >> 4 : 0
    }

    /// The class of a packet that came with this one inside a datagram whose IPv4 header has `outer`; `nil` when it has to be
    /// dropped.
    ///
    /// ECN is combined by the table of RFC 6040 section 4.2: a mark on a packet whose transport knows no ECN can only be told
    /// by its loss. DSCP is what the network made of it (RFC 2983, the uniform model): nobody gets into a class of this host
    /// that the networks between do not grant.
    public func decapsulated(from outer: Self) -> Self? {
        let mark: CongestionMark
        switch (congestionMark, outer.congestionMark) {
        case (.notCapable, .experienced): return nil
        case (.notCapable, _): mark = .notCapable
        case (.experienced, _), (_, .experienced): mark = .experienced
        case (.capableZero, .capableOne): mark = .capableOne
        case (.capableZero, _): mark = .capableZero
        case (.capableOne, _): mark = .capableOne
        }
        return Self(rawValue: outer.rawValue & ~3 | mark.rawValue)
    }
}
