/// The special purpose of an IPv4 address that is not for use between hosts on the Internet (RFC 6890).
package struct IPv4AddressKind: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the range is made for documentation, which test networks use as public addresses.
    package let isUsableInTests: Bool

    /// The kind of a special address; `nil` for an ordinary one.
    package init?(_ address: IPv4Address) {
        if address == .broadcast {
            self.init("the broadcast address")
            return
        }
        guard let range = Self.ranges.first(where: { $0.prefix.contains(address) }) else { return nil }
        self.init("\(range.name) (\(range.prefix))", isUsableInTests: range.name == Self.documentation)
    }

    private init(_ description: String, isUsableInTests: Bool = false) {
        self.description = description
        self.isUsableInTests = isUsableInTests
    }

    private static let documentation = "for documentation"

    private static let ranges: [(prefix: IPv4Prefix, name: String)] = [
        (IPv4Prefix(IPv4Address(0, 0, 0, 0), length: 8), "\"this network\""),
        (IPv4Prefix(IPv4Address(10, 0, 0, 0), length: 8), "private"),
        (IPv4Prefix(IPv4Address(100, 64, 0, 0), length: 10), "shared address space of carrier-grade NATs"),
        (IPv4Prefix(IPv4Address(127, 0, 0, 0), length: 8), "loopback"),
        (IPv4Prefix(IPv4Address(169, 254, 0, 0), length: 16), "link-local"),
        (IPv4Prefix(IPv4Address(172, 16, 0, 0), length: 12), "private"),
        (IPv4Prefix(IPv4Address(192, 0, 0, 0), length: 24), "for IETF protocols"),
        (IPv4Prefix(IPv4Address(192, 0, 2, 0), length: 24), documentation),
        (IPv4Prefix(IPv4Address(192, 88, 99, 0), length: 24), "the former 6to4 anycast range"),
        (IPv4Prefix(IPv4Address(192, 168, 0, 0), length: 16), "private"),
        (IPv4Prefix(IPv4Address(198, 18, 0, 0), length: 15), "for benchmarks"),
        (IPv4Prefix(IPv4Address(198, 51, 100, 0), length: 24), documentation),
        (IPv4Prefix(IPv4Address(203, 0, 113, 0), length: 24), documentation),
        (IPv4Prefix(IPv4Address(224, 0, 0, 0), length: 4), "multicast"),
        (IPv4Prefix(IPv4Address(240, 0, 0, 0), length: 4), "reserved"),
    ]
}
