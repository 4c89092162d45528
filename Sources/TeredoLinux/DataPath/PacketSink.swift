/// What takes packets for the host within this process, in the place of a TUN interface.
package protocol PacketSink: AnyObject {
    /// Takes a packet; returns `false` when there is no room for it.
    func take(_ packet: Span<UInt8>) -> Bool
}
