/// What the kernel put into a slot: a packet, or many that share their headers.
package enum TUNContent {
    /// One packet, complete.
    case packet
    /// A super-packet, to be cut.
    case superPacket(PacketSegmenter)
    /// Something whose headers do not fit together.
    case unusable
}
