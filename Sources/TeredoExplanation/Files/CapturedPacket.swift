package import TeredoWire

/// A packet as a capture file holds it.
package struct CapturedPacket: Hashable, Sendable {
    /// Its number in the file, from 1 on, as Wireshark counts.
    package let number: Int
    /// Where its record begins, in octets from the beginning of the file.
    package let offset: UInt64
    /// When it was seen, since 1970-01-01 00:00 UTC; `nil` where the file does not tell.
    package let time: ProtocolInstant?
    /// What the octets begin with.
    package let linkType: LinkType
    /// The octets that were kept.
    package let bytes: [UInt8]
    /// How many octets the packet had; not fewer than were kept.
    package let originalLength: Int

    /// Makes a packet.
    package init(
        number: Int,
        offset: UInt64,
        time: ProtocolInstant?,
        linkType: LinkType,
        bytes: [UInt8],
        originalLength: Int
    ) {
        self.number = number
        self.offset = offset
        self.time = time
        self.linkType = linkType
        self.bytes = bytes
        self.originalLength = max(originalLength, bytes.count)
    }
}
