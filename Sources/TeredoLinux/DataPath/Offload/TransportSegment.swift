import Glibc

/// A TCP segment or UDP datagram behind a plain IPv6 header, as far as coalescing looks at it.
struct TransportSegment {
    let key: FlowKey
    let headerLength: Int
    let payloadLength: Int
    let sequence: UInt32
    let isTCP: Bool
    /// Whether the packet may share a super-packet with others at all.
    let isCombinable: Bool
    /// Whether nothing may follow in the same super-packet.
    let isLast: Bool
    /// Whether PSH is set.
    let isPush: Bool

    /// The numbers of the two protocols in an IPv6 header.
    static let tcp = UInt8(IPPROTO_TCP)
    static let udp = UInt8(IPPROTO_UDP)
    private static let ack: UInt8 = 0x10
    private static let push: UInt8 = 0x08
    private static let ecnEcho: UInt8 = 0x40

    /// Looks at a packet; `nil` when it is no whole TCP segment or UDP datagram right behind the IPv6 header.
    init?(_ packet: UnsafeMutableRawBufferPointer) {
        guard packet.count >= 48, let base = packet.baseAddress, unsafe packet[0] >> 4 == 6 else { return nil }
        let length = 40 + Int(UInt16(bigEndian: unsafe base.loadUnaligned(fromByteOffset: 4, as: UInt16.self)))
        guard length == packet.count else { return nil }
        unsafe key = FlowKey(of: base)
        switch unsafe packet[6] {
        case Self.tcp:
            guard packet.count >= 60 else { return nil }
            let offset = Int(unsafe packet[52] >> 4) * 4
            guard offset >= 20, 40 + offset <= packet.count else { return nil }
            isTCP = true
            headerLength = 40 + offset
            sequence = UInt32(bigEndian: unsafe base.loadUnaligned(fromByteOffset: 44, as: UInt32.self))
            let flags = unsafe packet[53]
            isPush = flags & Self.push != 0
            isLast = isPush
            isCombinable =
                unsafe packet.count > headerLength && flags & ~(Self.push | Self.ecnEcho) == Self.ack
                && packet[52] & 0x0F == 0
        case Self.udp:
            isTCP = false
            headerLength = 48
            sequence = 0
            isPush = false
            isLast = false
            let stated = Int(UInt16(bigEndian: unsafe base.loadUnaligned(fromByteOffset: 44, as: UInt16.self)))
            let checksum = unsafe base.loadUnaligned(fromByteOffset: 46, as: UInt16.self)
            // A datagram without a checksum must not be given one.
            isCombinable = packet.count > 48 && stated == packet.count - 40 && checksum != 0
        default:
            return nil
        }
        payloadLength = packet.count - headerLength
    }

    /// Whether all that a super-packet has only once is the same as in its first packet: traffic class, flow label, hop
    /// limit; of TCP acknowledgement, window, urgent pointer, flags and options.
    func matches(_ first: UnsafeMutableRawPointer, _ packet: UnsafeMutableRawBufferPointer) -> Bool {
        guard let other = packet.baseAddress else { return false }
        guard unsafe first.loadUnaligned(as: UInt32.self) == other.loadUnaligned(as: UInt32.self),
            unsafe first.load(fromByteOffset: 7, as: UInt8.self) == other.load(fromByteOffset: 7, as: UInt8.self)
        else { return false }
        guard isTCP else { return true }
        let flagsMask = ~(UInt32(Self.push) << 16).bigEndian
        guard unsafe Self.word(first, 48) == Self.word(other, 48),
            unsafe Self.word(first, 52) & flagsMask == Self.word(other, 52) & flagsMask,
            unsafe first.loadUnaligned(fromByteOffset: 58, as: UInt16.self)
                == other.loadUnaligned(fromByteOffset: 58, as: UInt16.self)
        else { return false }
        var offset = 60
        while offset < headerLength {
            guard unsafe Self.word(first, offset) == Self.word(other, offset) else { return false }
            offset += 4
        }
        return true
    }

    private static func word(_ base: UnsafeMutableRawPointer, _ offset: Int) -> UInt32 {
        unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    /// Whether the transport checksum of a whole packet is right: the kernel does not look at that of a super-packet.
    private static func hasRightChecksum(_ packet: UnsafeRawBufferPointer) -> Bool {
        var sum = OnesComplementSum()
        sum.add(UInt16(truncatingIfNeeded: packet.count - 40))
        sum.add(UInt16(unsafe packet[6]))
        // Addresses and everything behind the IPv6 header.
        unsafe sum.add(UnsafeRawBufferPointer(rebasing: packet[8...]))
        return sum.folded == 0xFFFF
    }

    /// Where the checksum of a whole packet stands in its transport header, when there is only the sum over the
    /// pseudo-header there: the sender's kernel left the rest to a network card.
    ///
    /// That is how packets arrive that `encapsulate` of the kernel's data path, or another program in the kernel, put into
    /// a datagram when there is a virtual link in place of the card: the kernel that takes the datagram could finish them,
    /// but for a socket it does not. One packet in 65,536 looks like that by chance; finishing does nothing to a right one.
    static func unfinishedChecksum(_ packet: UnsafeRawBufferPointer) -> UInt16? {
        guard packet.count >= 48, let base = packet.baseAddress, unsafe packet[0] >> 4 == 6 else { return nil }
        let header = unsafe packet[6]
        guard header == tcp || header == udp else { return nil }
        let offset = header == tcp ? PacketSegmenter.tcpChecksum : PacketSegmenter.udpChecksum
        let length = unsafe base.loadUnaligned(fromByteOffset: 4, as: UInt16.self).bigEndian
        guard packet.count == 40 + Int(length), header == udp || length >= 20 else { return nil }
        let stored = unsafe base.loadUnaligned(fromByteOffset: 40 + Int(offset), as: UInt16.self)
        return unsafe stored == pseudoHeaderSum(base, length) ? offset : nil
    }

    /// The sum over the pseudo-header of a packet with this length behind the IPv6 header, as it is stored.
    private static func pseudoHeaderSum(_ packet: UnsafeRawPointer, _ length: UInt16) -> UInt16 {
        var sum = OnesComplementSum()
        sum.add(length)
        sum.add(UInt16(unsafe packet.load(fromByteOffset: 6, as: UInt8.self)))
        unsafe sum.add(UnsafeRawBufferPointer(start: packet + 8, count: 32))
        return sum.folded
    }

    /// Whether the kernel may compute the transport checksum of a whole packet again: it is right, or was never finished.
    static func hasTrustworthyChecksum(_ packet: UnsafeRawBufferPointer) -> Bool {
        if unsafe hasRightChecksum(packet) { return true }
        return unsafe unfinishedChecksum(packet) != nil
    }

    /// Notes in the first packet that the last one of a super-packet had PSH.
    static func setPush(_ first: UnsafeMutableRawPointer) {
        let flags = unsafe first.load(fromByteOffset: 53, as: UInt8.self)
        unsafe first.storeBytes(of: flags | push, toByteOffset: 53, as: UInt8.self)
    }

    /// Gives the header of a first packet the lengths of the super-packet, and the checksum field the sum over the
    /// pseudo-header; returns what stood there.
    static func makeSuperPacket(
        _ first: UnsafeMutableRawPointer,
        _ headerLength: Int,
        _ payloadLength: Int,
        _ isTCP: Bool
    ) -> Saved {
        let checksum = 40 + Int(isTCP ? PacketSegmenter.tcpChecksum : PacketSegmenter.udpChecksum)
        let saved = Saved(
            length: unsafe first.loadUnaligned(fromByteOffset: 4, as: UInt16.self),
            checksum: unsafe first.loadUnaligned(fromByteOffset: checksum, as: UInt16.self),
            isTCP: isTCP
        )
        let length = UInt16(truncatingIfNeeded: headerLength - 40 + payloadLength)
        unsafe first.storeBytes(of: length.bigEndian, toByteOffset: 4, as: UInt16.self)
        if !isTCP { unsafe first.storeBytes(of: length.bigEndian, toByteOffset: 44, as: UInt16.self) }
        unsafe first.storeBytes(of: pseudoHeaderSum(first, length), toByteOffset: checksum, as: UInt16.self)
        return saved
    }

    /// What a header held before it became that of a super-packet.
    struct Saved {
        let length: UInt16
        let checksum: UInt16
        let isTCP: Bool

        /// Puts it back; PSH is the first packet's only when it is the last one too.
        func restore(_ first: UnsafeMutableRawPointer) {
            unsafe first.storeBytes(of: length, toByteOffset: 4, as: UInt16.self)
            if isTCP {
                let flags = unsafe first.load(fromByteOffset: 53, as: UInt8.self)
                unsafe first.storeBytes(of: flags & ~push, toByteOffset: 53, as: UInt8.self)
                unsafe first.storeBytes(of: checksum, toByteOffset: 56, as: UInt16.self)
            } else {
                unsafe first.storeBytes(of: length, toByteOffset: 44, as: UInt16.self)
                unsafe first.storeBytes(of: checksum, toByteOffset: 46, as: UInt16.self)
            }
        }
    }
}
