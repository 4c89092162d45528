import Glibc

/// Cuts a super-packet that the host sends into the packets of the wire by arithmetic on its headers.
///
/// The payload stays where it is: a packet is a header, written by ``writeHeader(of:to:)``, and a range of the
/// super-packet, ``payload(of:)``.
@safe package struct PacketSegmenter {
    /// The number of packets, at least 1.
    package let count: Int
    /// The octets of the headers of each packet.
    let headerLength: Int
    /// The payload octets of each packet but the last.
    let segmentLength: Int

    private let packet: UnsafeMutableRawBufferPointer
    private let transport: Int
    private let isTCP: Bool
    /// The sum over the pseudo-header but for its length.
    private let pseudoHeader: OnesComplementSum

    /// The longest headers that are cut: IPv6 with extension headers and TCP with all options.
    static let longestHeader = 256

    /// Looks at a super-packet; `nil` when its headers do not fit together.
    init?(_ packet: UnsafeMutableRawBufferPointer, _ header: VirtioNetHeader) {
        guard header.needsChecksum, header.segmentLength > 0, let kind = header.segmentation, packet.count >= 48 else {
            return nil
        }
        transport = Int(header.checksumStart)
        segmentLength = Int(header.segmentLength)
        switch kind {
        case .tcp6:
            guard transport >= 40, packet.count >= transport + 20, header.checksumOffset == Self.tcpChecksum else {
                return nil
            }
            isTCP = true
            let length = Int(unsafe packet[transport + 12] >> 4) * 4
            guard length >= 20 else { return nil }
            headerLength = transport + length
        case .udp:
            guard transport >= 40, packet.count >= transport + 8, header.checksumOffset == Self.udpChecksum else {
                return nil
            }
            isTCP = false
            headerLength = transport + 8
        case .none, .tcp4:
            return nil
        }
        guard headerLength <= Self.longestHeader, headerLength < packet.count, unsafe packet[0] >> 4 == 6 else {
            return nil
        }
        let payloadLength = packet.count - headerLength
        count = (payloadLength + segmentLength - 1) / segmentLength
        unsafe self.packet = packet
        let field = transport + Int(header.checksumOffset)
        // The field holds the sum over the pseudo-header with the length of the whole: each packet has its own.
        var sum = OnesComplementSum(unsafe packet.loadUnaligned(fromByteOffset: field, as: UInt16.self))
        sum.subtract(UInt16(truncatingIfNeeded: packet.count - transport))
        pseudoHeader = sum
    }

    /// The range of a packet's payload in the super-packet.
    func payload(of index: Int) -> Range<Int> {
        let start = headerLength + index * segmentLength
        return unsafe start..<min(start + segmentLength, packet.count)
    }

    /// The octets of all packets together.
    package var octets: Int { unsafe packet.count + (count - 1) * headerLength }

    /// A packet's payload where it lies.
    func octets(of index: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: packet[payload(of: index)])
    }

    /// Builds one packet as a whole in `target`, which must have room for it.
    package func build(_ index: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        let payload = unsafe octets(of: index)
        precondition(target.count >= headerLength + payload.count)
        guard let base = target.baseAddress, let source = payload.baseAddress else { return 0 }
        unsafe writeHeader(of: index, to: base)
        unsafe (base + headerLength).copyMemory(from: source, byteCount: payload.count)
        return headerLength + payload.count
    }

    /// The length of a packet in octets.
    package func length(of index: Int) -> Int { headerLength + payload(of: index).count }

    /// Writes the headers of a packet: lengths, and sequence number, flags and checksum as the kernel would have set them.
    func writeHeader(of index: Int, to target: UnsafeMutableRawPointer) {
        guard let base = unsafe packet.baseAddress else { return }
        let payload = payload(of: index)
        unsafe target.copyMemory(from: base, byteCount: headerLength)
        let length = headerLength - 40 + payload.count
        unsafe target.storeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian, toByteOffset: 4, as: UInt16.self)
        let transportLength = UInt16(truncatingIfNeeded: headerLength - transport + payload.count)
        let checksum = transport + Int(isTCP ? Self.tcpChecksum : Self.udpChecksum)
        if isTCP {
            unsafe adjustTCP(index, target + transport)
        } else {
            let field = transport + 4
            unsafe target.storeBytes(of: transportLength.bigEndian, toByteOffset: field, as: UInt16.self)
        }
        unsafe target.storeBytes(of: 0, toByteOffset: checksum, as: UInt16.self)
        var sum = pseudoHeader
        sum.add(transportLength)
        unsafe sum.add(UnsafeRawBufferPointer(start: target + transport, count: headerLength - transport))
        unsafe sum.add(UnsafeRawBufferPointer(rebasing: packet[payload]))
        var value = ~sum.folded
        // A UDP checksum of 0 means none, which IPv6 forbids (RFC 8200 section 8.1).
        if !isTCP, value == 0 { value = 0xFFFF }
        unsafe target.storeBytes(of: value, toByteOffset: checksum, as: UInt16.self)
    }

    private func adjustTCP(_ index: Int, _ header: UnsafeMutableRawPointer) {
        let first = UInt32(bigEndian: unsafe header.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let sequence = first &+ UInt32(truncatingIfNeeded: index * segmentLength)
        unsafe header.storeBytes(of: sequence.bigEndian, toByteOffset: 4, as: UInt32.self)
        var flags = unsafe header.load(fromByteOffset: 13, as: UInt8.self)
        if index < count - 1 { flags &= ~Self.lastOnly }
        if index > 0 { flags &= ~Self.firstOnly }
        unsafe header.storeBytes(of: flags, toByteOffset: 13, as: UInt8.self)
    }

    /// Completes the checksum of a single packet that the host left to the interface; `false` when the place is not in
    /// the packet.
    static func completeChecksum(_ packet: UnsafeMutableRawBufferPointer, _ header: VirtioNetHeader) -> Bool {
        let start = Int(header.checksumStart)
        let field = start + Int(header.checksumOffset)
        guard field + 2 <= packet.count else { return false }
        var sum = OnesComplementSum()
        unsafe sum.add(UnsafeRawBufferPointer(rebasing: packet[start...]))
        var value = ~sum.folded
        if header.checksumOffset == udpChecksum, value == 0 { value = 0xFFFF }
        unsafe packet.storeBytes(of: value, toByteOffset: field, as: UInt16.self)
        return true
    }

    static let tcpChecksum: UInt16 = 16
    static let udpChecksum: UInt16 = 6
    /// FIN and PSH.
    private static let lastOnly: UInt8 = 0x09
    /// CWR (RFC 3168 section 6.1.2).
    private static let firstOnly: UInt8 = 0x80
}
