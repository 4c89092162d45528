import TeredoProtocol
import TeredoWire

/// Writes the datagrams of a trace as a capture file that Wireshark reads (pcap, link type raw IP).
public enum PacketCapture {
    /// The octets of the file.
    public static func file(_ entries: [TraceEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 101] as [UInt32] { bytes += little(word) }
        for entry in entries {
            let packet = entry.endpoints.map { udp(entry.bytes, $0) } ?? entry.bytes
            let microseconds = entry.time.nanoseconds / 1000
            bytes += little(UInt32(truncatingIfNeeded: microseconds / 1_000_000))
            bytes += little(UInt32(truncatingIfNeeded: microseconds % 1_000_000))
            bytes += little(UInt32(packet.count)) + little(UInt32(packet.count)) + packet
        }
        return bytes
    }

    private static func little(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }

    private static func udp(_ payload: [UInt8], _ endpoints: TraceEntry.Endpoints) -> [UInt8] {
        let udpLength = UInt16(8 + payload.count)
        var header = [UInt8](capacity: 20) { output in
            output.append(bigEndian: UInt16(0x4500))
            output.append(bigEndian: 20 + udpLength)
            output.append(bigEndian: UInt32(0))
            output.append(bigEndian: UInt16(64 << 8 | 17))
            output.append(bigEndian: UInt16(0))
            output.append(bigEndian: endpoints.source.address.rawValue)
            output.append(bigEndian: endpoints.destination.address.rawValue)
        }
        var checksum = InternetChecksum()
        checksum.add(header.span)
        header[10] = UInt8(checksum.value >> 8)
        header[11] = UInt8(checksum.value & 0xFF)
        var datagram = [UInt8](capacity: Int(udpLength)) { output in
            output.append(bigEndian: endpoints.source.port)
            output.append(bigEndian: endpoints.destination.port)
            output.append(bigEndian: udpLength)
            output.append(bigEndian: UInt16(0))
            output.append(copying: payload.span)
        }
        var sum = InternetChecksum()
        sum.add(endpoints.source.address.rawValue)
        sum.add(endpoints.destination.address.rawValue)
        sum.add(UInt16(17))
        sum.add(udpLength)
        sum.add(datagram.span)
        let value = sum.value == 0 ? 0xFFFF : sum.value
        datagram[6] = UInt8(value >> 8)
        datagram[7] = UInt8(value & 0xFF)
        return header + datagram
    }
}
