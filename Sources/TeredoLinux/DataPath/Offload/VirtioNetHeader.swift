/// What the kernel says about a packet of a TUN interface, and is told: 10 octets before it (virtio 1.2 section 5.1.6).
package struct VirtioNetHeader: Hashable, Sendable {
    /// The kind of super-packet.
    package enum Segmentation: UInt8, Sendable {
        /// One packet.
        case none = 0
        /// TCP over IPv4.
        case tcp4 = 1
        /// TCP over IPv6.
        case tcp6 = 4
        /// UDP datagrams of equal length.
        case udp = 5
    }

    /// Whether the checksum at ``checksumStart`` + ``checksumOffset`` covers the pseudo-header only yet.
    package var needsChecksum = false
    /// What kind of super-packet follows; `nil` is a kind that is not known here.
    package var segmentation: Segmentation? = Segmentation.none
    /// Whether the sender signals congestion in the super-packet (CWR on the first segment only).
    package var hasECN = false
    /// The octets of all headers; a hint.
    package var headerLength: UInt16 = 0
    /// The payload octets of each segment but the last.
    package var segmentLength: UInt16 = 0
    /// Where the transport header begins.
    package var checksumStart: UInt16 = 0
    /// Where the checksum stands in the transport header.
    package var checksumOffset: UInt16 = 0

    /// The length of the header in octets.
    package static let length = 10
    private static let needsChecksumFlag: UInt8 = 1
    private static let ecnBit: UInt8 = 0x80

    /// A packet as it is.
    package init() {}

    /// A packet right behind the IPv6 header of which the checksum is to be completed, which stands at `offset` of it.
    init(unfinishedChecksum offset: UInt16) {
        needsChecksum = true
        checksumStart = 40
        checksumOffset = offset
    }

    /// Reads the header, which is in the order of octets of this machine.
    init(_ octets: UnsafeRawPointer) {
        needsChecksum = unsafe octets.load(as: UInt8.self) & Self.needsChecksumFlag != 0
        let kind = unsafe octets.load(fromByteOffset: 1, as: UInt8.self)
        segmentation = Segmentation(rawValue: kind & ~Self.ecnBit)
        hasECN = kind & Self.ecnBit != 0
        headerLength = unsafe octets.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        segmentLength = unsafe octets.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        checksumStart = unsafe octets.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        checksumOffset = unsafe octets.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    }

    /// Writes the header.
    func write(to octets: UnsafeMutableRawPointer) {
        unsafe octets.storeBytes(of: needsChecksum ? Self.needsChecksumFlag : 0, as: UInt8.self)
        let kind = (segmentation?.rawValue ?? 0) | (hasECN ? Self.ecnBit : 0)
        unsafe octets.storeBytes(of: kind, toByteOffset: 1, as: UInt8.self)
        unsafe octets.storeBytes(of: headerLength, toByteOffset: 2, as: UInt16.self)
        unsafe octets.storeBytes(of: segmentLength, toByteOffset: 4, as: UInt16.self)
        unsafe octets.storeBytes(of: checksumStart, toByteOffset: 6, as: UInt16.self)
        unsafe octets.storeBytes(of: checksumOffset, toByteOffset: 8, as: UInt16.self)
    }
}
