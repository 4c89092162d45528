public import TeredoWire

/// Prefixes that are not served: nothing that comes from an address in one is answered or passed on.
///
/// An empty list costs one comparison, another the logarithm of its length.
public struct DenyList: Hashable, Sendable {
    /// The IPv4 prefixes, as they were given.
    public let ipv4: [IPv4Prefix]
    /// The IPv6 prefixes, as they were given.
    public let ipv6: [IPv6Prefix]
    private let ipv4Ranges: AddressRanges<UInt32>
    private let ipv6Ranges: AddressRanges<UInt128>

    /// A list of prefixes in any order, which may overlap; an empty one denies nothing.
    public init(ipv4: [IPv4Prefix] = [], ipv6: [IPv6Prefix] = []) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        ipv4Ranges = AddressRanges(
            ipv4.map { $0.address.rawValue...$0.address.rawValue | UInt32.max >> $0.length }
        )
        ipv6Ranges = AddressRanges(
            ipv6.map { $0.address.rawValue...$0.address.rawValue | UInt128.max >> $0.length }
        )
    }

    /// Whether it denies nothing.
    public var isEmpty: Bool { ipv4.isEmpty && ipv6.isEmpty }

    /// Whether an IPv4 address is in one of the prefixes.
    @inline(__always)
    public func contains(_ address: IPv4Address) -> Bool {
        !ipv4Ranges.isEmpty && ipv4Ranges.contains(address.rawValue)
    }

    /// Whether an IPv6 address is in one of the prefixes.
    @inline(__always)
    public func contains(_ address: IPv6Address) -> Bool {
        !ipv6Ranges.isEmpty && ipv6Ranges.contains(address.rawValue)
    }
}

/// Ranges that do not touch each other, in their order.
private struct AddressRanges<Number: FixedWidthInteger & Sendable>: Hashable, Sendable {
    private var first: [Number] = []
    private var last: [Number] = []

    init(_ ranges: [ClosedRange<Number>]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let end = last.last, range.lowerBound <= end {
                last[last.count - 1] = max(end, range.upperBound)
            } else {
                first.append(range.lowerBound)
                last.append(range.upperBound)
            }
        }
    }

    var isEmpty: Bool { first.isEmpty }

    func contains(_ number: Number) -> Bool {
        // The first range that begins behind the number; the one before it may hold the number.
        var (low, high) = (0, first.count)
        while low < high {
            let middle = (low + high) / 2
            if first[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && number <= last[low - 1]
    }
}
