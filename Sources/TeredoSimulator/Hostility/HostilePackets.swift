import TeredoWire

/// The packets that malicious nodes send.
enum HostilePackets {
    /// Data from `source` to `destination` that no two packets share.
    static func data(from source: IPv6Address, to destination: IPv6Address, number: Int) -> [UInt8] {
        let label = Array("hostile packet \(number)".utf8)
        return HostStack.data(from: source, to: destination, label + [UInt8](repeating: 0x5A, count: 8))
    }

    /// A bubble with trailers, behind an origin indication when there is one.
    static func bubble(
        from source: IPv6Address,
        to destination: IPv6Address,
        origin: UDPEndpoint? = nil,
        _ trailers: [Trailer] = []
    ) -> [UInt8] {
        [UInt8](capacity: 512) { output in
            if let origin { OriginIndication(origin).encode(into: &output) }
            TeredoBubble(source: source, destination: destination).encode(into: &output)
            TrailerList(trailers).encode(into: &output)
        }
    }

    /// A router advertisement that says that the client is at `origin`.
    static func advertisement(server: IPv4Address, origin: UDPEndpoint, nonce: UInt64?, mtu: Int) -> [UInt8] {
        [UInt8](capacity: 512) { output in
            if let nonce { AuthenticationEncapsulation(nonce: nonce).encode(into: &output) }
            OriginIndication(origin).encode(into: &output)
            RouterAdvertisement(
                source: TeredoLinkLocal.server(server),
                destination: TeredoLinkLocal.client(coneBit: false),
                server: server,
                mtu: mtu
            ).encode(into: &output)
        }
    }

    /// An echo reply with `data`, as a connectivity test looks for.
    static func echoReply(from source: IPv6Address, to destination: IPv6Address, _ data: [UInt8]) -> [UInt8] {
        let echo = EchoMessage(
            kind: .reply,
            source: source,
            destination: destination,
            identifier: 0,
            sequenceNumber: 0,
            data: data
        )
        return [UInt8](capacity: echo.length) { echo.encode(into: &$0) }
    }

    /// A message of neighbour discovery of the given type, behind extension headers when there are some.
    static func neighborDiscovery(
        _ type: UInt8,
        from source: IPv6Address,
        to destination: IPv6Address,
        behind extensions: [UInt8] = []
    ) -> [UInt8] {
        var message: [UInt8] = [type, 0, 0, 0] + [UInt8](repeating: 0, count: 20)
        let checksum = InternetChecksum.icmpv6(message.span, source: source, destination: destination)
        message[2] = UInt8(checksum >> 8)
        message[3] = UInt8(truncatingIfNeeded: checksum)
        var payload = message
        var next = IPv6Header.NextHeader.icmpv6
        for header in extensions.reversed() {
            // Eight octets of padding, or of a routing header of type 0 with a segment left.
            let isRouting = header == IPv6Header.NextHeader.routing
            payload = [next, 0, isRouting ? 0 : 1, isRouting ? 1 : 4, 0, 0, 0, 0] + payload
            next = header
        }
        return [UInt8](capacity: 40 + payload.count) { output in
            IPv6Header(
                payloadLength: payload.count,
                nextHeader: next,
                hopLimit: 255,
                source: source,
                destination: destination
            ).encode(into: &output)
            output.append(copying: payload.span)
        }
    }
}
