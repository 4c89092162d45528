import TeredoWire

/// The UDP datagrams over IPv4 in a file of libpcap, the format that `tcpdump -w` writes.
struct CaptureFile {
    /// A datagram, and between whom it went.
    struct Datagram {
        let source: UDPEndpoint
        let destination: UDPEndpoint
        let payload: [UInt8]
    }

    /// The datagrams in the order of the file; fragments, and what is no UDP over IPv4, are passed over.
    private(set) var datagrams: [Datagram] = []

    /// Reads a whole file.
    init(_ octets: [UInt8]) throws(InputError) {
        let reader = Reader(octets: octets)
        let isLittleEndian: Bool
        switch reader.number(at: 0, length: 4) {
        // Microseconds or nanoseconds: the time is not looked at.
        case 0xA1B2_C3D4, 0xA1B2_3C4D: isLittleEndian = false
        case 0xD4C3_B2A1, 0x4D3C_B2A1: isLittleEndian = true
        case 0x0A0D_0D0A:
            throw InputError("this is a pcapng file; 'editcap -F pcap' of Wireshark makes a pcap file of it")
        default: throw InputError("this is no pcap file")
        }
        guard let link = reader.number(at: 20, length: 4, isLittleEndian) else {
            throw InputError("the file has no header")
        }
        let header: Int
        switch link & 0xFFFF {
        case 1: header = 14
        case 101, 228: header = 0
        case 113: header = 16
        default: throw InputError("packets of link type \(link & 0xFFFF) are not known here")
        }
        var offset = 24
        while offset < octets.count {
            guard let length = reader.number(at: offset + 8, length: 4, isLittleEndian),
                length <= octets.count - offset - 16
            else { throw InputError("the file ends in the middle of a packet, at octet \(offset)") }
            let packet = Reader(octets: Array(octets[(offset + 16)...].prefix(length)))
            let isIPv4 = header == 0 || packet.number(at: header - 2, length: 2) == 0x0800
            if isIPv4, let datagram = Self.datagram(packet, at: header) { datagrams.append(datagram) }
            offset += 16 + length
        }
    }

    /// The datagram in the IPv4 packet at `start`.
    private static func datagram(_ packet: Reader, at start: Int) -> Datagram? {
        guard let first = packet.number(at: start, length: 1), first >> 4 == 4,
            let end = packet.number(at: start + 2, length: 2),
            packet.number(at: start + 6, length: 2).map({ $0 & 0x3FFF }) == 0,
            packet.number(at: start + 9, length: 1) == 17
        else { return nil }
        let udp = start + (first & 15) * 4
        guard let source = packet.endpoint(addressAt: start + 12, portAt: udp),
            let destination = packet.endpoint(addressAt: start + 16, portAt: udp + 2),
            udp + 8 <= start + end, start + end <= packet.octets.count
        else { return nil }
        return Datagram(
            source: source,
            destination: destination,
            payload: Array(packet.octets[(udp + 8)..<(start + end)])
        )
    }

    /// Numbers in octets, wherever those end.
    private struct Reader {
        let octets: [UInt8]

        func number(at offset: Int, length: Int, _ isLittleEndian: Bool = false) -> Int? {
            guard offset >= 0, offset + length <= octets.count else { return nil }
            let part = octets[offset..<(offset + length)]
            return (isLittleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }

        func endpoint(addressAt address: Int, portAt port: Int) -> UDPEndpoint? {
            guard let address = number(at: address, length: 4), let port = number(at: port, length: 2) else {
                return nil
            }
            return UDPEndpoint(IPv4Address(rawValue: UInt32(address)), UInt16(port))
        }
    }
}
