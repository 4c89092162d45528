import TeredoWire

/// What is no Teredo datagram itself and has to do with one: fragments, ICMPv4 errors, IPv6 outside of the tunnel.
extension CaptureExplainer {
    mutating func fragmentNote(_ packet: CapturedPacket, _ ipv4: IPv4Packet) -> PacketNote? {
        guard ipv4.protocolNumber == IPv4Packet.udp, let first = fragments.first(of: ipv4) else { return nil }
        counts.related += 1
        var note = PacketNote(packet, start: start, .fragment, .likely, headline: MessageKind.fragment.words)
        note.source = place(first.source)
        note.destination = place(first.destination)
        note.details = [
            "of the datagram of packet \(first.number), octets \(ipv4.fragmentOffset) to "
                + "\(ipv4.fragmentOffset + ipv4.payload.count - 1), not reassembled"
        ]
        return note
    }

    /// An error that quotes a datagram from or to somebody who is known to speak Teredo.
    mutating func icmpv4Note(_ packet: CapturedPacket, _ ipv4: IPv4Packet) -> PacketNote? {
        let bytes = packet.bytes.span
        let start = ipv4.payload.lowerBound
        guard ipv4.payload.count >= 8 + 20 + 8, [3, 11, 12].contains(bytes[start]),
            let quoted = IPv4Packet(bytes, (start + 8)..<ipv4.payload.upperBound),
            quoted.protocolNumber == IPv4Packet.udp, quoted.fragmentOffset == 0, quoted.payload.count >= 8
        else { return nil }
        let source = UDPEndpoint(quoted.source, bytes.bigEndianUInt16(at: quoted.payload.lowerBound))
        let destination = UDPEndpoint(quoted.destination, bytes.bigEndianUInt16(at: quoted.payload.lowerBound + 2))
        let isTeredo = [source, destination].contains {
            $0.port == TeredoConstants.udpPort || [.client, .server, .relay].contains(book.role(of: $0))
        }
        guard isTeredo else { return nil }
        counts.related += 1
        let error = ICMPv4Error(
            type: bytes[start],
            code: bytes[start + 1],
            mtu: Int(bytes.bigEndianUInt16(at: start + 6)),
            by: ipv4.source,
            about: destination
        )
        var note = PacketNote(packet, start: self.start, .icmpv4Error, .likely, headline: error.description)
        note.source = place(UDPEndpoint(ipv4.source, 0))
        note.destination = place(source)
        let content = QuotedDatagram(bytes.extracting(quoted.payload.lowerBound + 8..<quoted.payload.upperBound))
        var words = "about what went to \(book.name(of: destination))"
        if let inner = content.destination { words += ", \(content.isBubble ? "a bubble " : "")for \(inner)" }
        note.details = [words]
        return note
    }

    /// A packet outside of the tunnel from or to a Teredo address: at a relay, or inside of the host.
    mutating func nativeNote(_ packet: CapturedPacket, _ range: Range<Int>) -> PacketNote? {
        let bytes = packet.bytes.span.extracting(range)
        guard bytes.count >= TeredoConstants.ipv6HeaderLength, bytes[0] >> 4 == 6 else { return nil }
        let header = IPv6Header(
            payloadLength: Int(bytes.bigEndianUInt16(at: 4)),
            nextHeader: bytes[6],
            hopLimit: bytes[7],
            source: bytes.ipv6Address(at: 8),
            destination: bytes.ipv6Address(at: 24)
        )
        guard header.source.isTeredo || header.destination.isTeredo else { return nil }
        counts.related += 1
        var note = PacketNote(packet, start: start, .nativeIPv6, .certain, headline: MessageKind.nativeIPv6.words)
        note.nativeHeader = header
        note.details = [
            "from \(nativeName(header.source)) for \(nativeName(header.destination)), outside of the tunnel, "
                + "\(TeredoConstants.ipv6HeaderLength + Int(header.payloadLength)) octets"
        ]
        return note
    }

    private func nativeName(_ address: IPv6Address) -> String {
        book.client(with: address).map { book.parties[$0].name } ?? address.description
    }
}
