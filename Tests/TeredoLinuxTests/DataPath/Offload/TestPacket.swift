import TeredoWire

/// IPv6 packets with TCP and UDP inside, their checksums by the wire library's own arithmetic.
struct TestPacket {
    var source = IPv6Address(high: 0x2001_0000_c000_0201, low: 1)
    var destination = IPv6Address(high: 0x2001_0db8_0000_0001, low: 2)
    var sourcePort: UInt16 = 40_000
    var destinationPort: UInt16 = 443
    var trafficClassAndFlowLabel: UInt32 = 0x0001_2345
    var hopLimit: UInt8 = 64
    var payload: [UInt8] = []

    /// The flags of TCP that tests use.
    enum Flag {
        static let fin: UInt8 = 0x01
        static let syn: UInt8 = 0x02
        static let push: UInt8 = 0x08
        static let ack: UInt8 = 0x10
        static let ecnEcho: UInt8 = 0x40
        static let windowReduced: UInt8 = 0x80
    }

    func tcp(
        sequence: UInt32,
        acknowledgement: UInt32 = 7,
        flags: UInt8 = Flag.ack,
        window: UInt16 = 500,
        options: [UInt8] = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
    ) -> [UInt8] {
        let length = 20 + options.count + payload.count
        var segment = [UInt8](capacity: length) { output in
            output.append(bigEndian: sourcePort)
            output.append(bigEndian: destinationPort)
            output.append(bigEndian: sequence)
            output.append(bigEndian: acknowledgement)
            output.append(UInt8(((20 + options.count) / 4) << 4))
            output.append(flags)
            output.append(bigEndian: window)
            output.append(bigEndian: UInt32(0))
            output.append(copying: options.span)
            output.append(copying: payload.span)
        }
        store(checksum(of: segment, nextHeader: 6), in: &segment, at: 16)
        return packet(segment, nextHeader: 6)
    }

    func udp() -> [UInt8] {
        var datagram = [UInt8](capacity: 8 + payload.count) { output in
            output.append(bigEndian: sourcePort)
            output.append(bigEndian: destinationPort)
            output.append(bigEndian: UInt16(8 + payload.count))
            output.append(bigEndian: UInt16(0))
            output.append(copying: payload.span)
        }
        let value = checksum(of: datagram, nextHeader: 17)
        store(value == 0 ? 0xFFFF : value, in: &datagram, at: 6)
        return packet(datagram, nextHeader: 17)
    }

    /// A packet of this struct as a kernel hands it to a virtual link: the checksum field has the sum over the pseudo-header.
    func unfinished(_ packet: [UInt8]) -> [UInt8] {
        var checksum = InternetChecksum()
        checksum.add(source)
        checksum.add(destination)
        checksum.add(UInt32(packet.count - 40))
        checksum.add(UInt32(packet[6]))
        var result = packet
        store(~checksum.value, in: &result, at: packet[6] == 6 ? 56 : 46)
        return result
    }

    private func checksum(of segment: [UInt8], nextHeader: UInt8) -> UInt16 {
        var checksum = InternetChecksum()
        checksum.add(source)
        checksum.add(destination)
        checksum.add(UInt32(segment.count))
        checksum.add(UInt32(nextHeader))
        checksum.add(segment.span)
        return checksum.value
    }

    private func store(_ value: UInt16, in octets: inout [UInt8], at offset: Int) {
        octets[offset] = UInt8(value >> 8)
        octets[offset + 1] = UInt8(value & 0xFF)
    }

    private func packet(_ segment: [UInt8], nextHeader: UInt8) -> [UInt8] {
        var header = IPv6Header(
            payloadLength: segment.count,
            nextHeader: nextHeader,
            hopLimit: hopLimit,
            source: source,
            destination: destination
        )
        header.trafficClassAndFlowLabel = trafficClassAndFlowLabel
        return [UInt8](capacity: 40) { header.encode(into: &$0) } + segment
    }
}
