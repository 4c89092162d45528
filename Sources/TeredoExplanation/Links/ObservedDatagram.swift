package import TeredoWire

/// A UDP datagram as it was captured.
package struct ObservedDatagram: Hashable, Sendable {
    /// Where it came from.
    package let source: UDPEndpoint
    /// Where it went.
    package let destination: UDPEndpoint
    /// The payload in its full length; what the capture left out is 0.
    package let payload: [UInt8]
    /// How many octets of the payload the capture has.
    package let keptCount: Int
    /// The traffic class of the IPv4 header.
    package let trafficClass: TrafficClass
    /// The time to live of the IPv4 header.
    package let timeToLive: UInt8
    /// The identification of the IPv4 header.
    package let identification: UInt16
    /// Whether the rest of the datagram is in other fragments.
    package let isFirstFragment: Bool

    /// Whether a part of the payload is not there.
    package var isCut: Bool { keptCount < payload.count }

    /// Reads the datagram in an IPv4 packet, of which this is the first fragment or the whole; `nil` when it is none.
    init?(_ bytes: Span<UInt8>, in packet: IPv4Packet) {
        let start = packet.payload.lowerBound
        guard packet.protocolNumber == IPv4Packet.udp, packet.fragmentOffset == 0, packet.payload.count >= 8 else {
            return nil
        }
        let announced = Int(bytes.bigEndianUInt16(at: start + 4))
        guard announced >= 8 else { return nil }
        source = UDPEndpoint(packet.source, bytes.bigEndianUInt16(at: start))
        destination = UDPEndpoint(packet.destination, bytes.bigEndianUInt16(at: start + 2))
        let kept = bytes.copy(start + 8..<start + min(announced, packet.payload.count))
        keptCount = kept.count
        payload = kept + [UInt8](repeating: 0, count: announced - 8 - kept.count)
        trafficClass = packet.trafficClass
        timeToLive = packet.timeToLive
        identification = packet.identification
        isFirstFragment = packet.hasMoreFragments
    }
}
