import TeredoWire

/// What a server passes on (RFC 4380 section 5.3.1; rules D4 to D8).
extension TeredoServer {
    mutating func forward(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet)
        if !header.isBubble, Int(header.payloadLength) > configuration.maximumICMPv6Length {
            return .drop(.forbiddenICMPv6)
        }
        guard let client = TeredoAddress(header.destination) else {
            return forwardNative(packet, header, from: source, now: now, into: &output)
        }
        if IPv6ExtensionHeaders.objection(to: packet) != nil { return .drop(.forbiddenICMPv6) }
        return forward(datagram, in: bytes, from: source, to: client, now: now, into: &output)
    }

    /// D7, TR-2: towards a client, trailers included; with an origin for own clients, always from the primary address,
    /// for which their NATs are open.
    private mutating func forward(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        to client: TeredoAddress,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let isOwnClient = client.server == configuration.primary
        // Bubbles alone go to clients of other servers (D7).
        guard isOwnClient || datagram.header.isBubble else { return .drop(.unforwardableDestination) }
        let trailers = Self.forwardedTrailers(datagram, in: bytes)
        guard trailers.count <= configuration.maximumTrailerLength else { return .drop(.invalidTrailer) }
        guard filter.mayBeSent(to: client.mappedEndpoint) else { return .drop(.forbiddenEndpoint) }
        guard limiters.admit(to: client.mappedEndpoint, from: source.address, now: now) else {
            return .drop(.rateLimited)
        }
        let before = output.count
        if isOwnClient { OriginIndication(source).encode(into: &output) }
        output.append(copying: bytes.extracting(datagram.packet.lowerBound..<trailers.upperBound))
        if datagram.header.isBubble { counters.bubblesSent &+= 1 }
        return .reply(from: .primary, to: client.mappedEndpoint, count: output.count - before)
    }

    /// D5, D6, D8: echo messages of clients go to native IPv6; the source rule has proved who sent them (SEC-41).
    private mutating func forwardNative(
        _ packet: Span<UInt8>,
        _ header: IPv6Header,
        from source: UDPEndpoint,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        guard !header.isBubble else { return .drop(.unforwardableDestination) }
        let type = header.icmpv6Type(in: packet)
        guard type == ICMPv6.echoRequest || type == ICMPv6.echoReply else { return .drop(.forbiddenICMPv6) }
        if let tunnel = header.destination.sixToFourIPv4,
            !filter.isGlobalUnicast(tunnel) || ownAddresses.contains(tunnel)
        {
            return .drop(.foreignTunnelLoop)
        }
        // SEC-56: a router decrements the hop limit and forwards nothing that is used up.
        guard header.hopLimit > 1 else { return .drop(.hopLimitExceeded) }
        guard limiters.admitNative(from: source.address, now: now) else { return .drop(.rateLimited) }
        let before = output.count
        output.append(copying: packet.extracting(0..<7))
        output.append(header.hopLimit - 1)
        output.append(copying: packet.extracting(8..<packet.count))
        return .forwardNative(count: output.count - before)
    }
}
