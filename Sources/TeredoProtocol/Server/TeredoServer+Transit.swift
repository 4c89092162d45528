import TeredoWire

/// Announces a transit relay to clients that ask (docs/transit.md section 4).
extension TeredoServer {
    /// D3: of all bubbles to the server itself only the query of an own client is answered, with as many octets as came.
    mutating func handleTransitQuery(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let header = datagram.header
        guard let relay = configuration.announcedTransitRelay, socket == .primary,
            let client = TeredoAddress(header.source), client.mappedEndpoint == source,
            client.server == configuration.primary,
            let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
            let message = trailers.transit, message.kind == .query
        else { return .drop(.unforwardableDestination) }
        guard limiters.admitEcho(from: source.address, now: now), filter.mayBeSent(to: source) else {
            return .drop(.rateLimited)
        }
        let before = output.count
        TeredoBubble(source: linkLocal, destination: header.source).encode(into: &output)
        Trailer.transit(TransitMessage(announcing: relay, nonce: message.nonce)).encode(into: &output)
        counters.bubblesSent &+= 1
        return .reply(from: .primary, to: source, count: output.count - before)
    }
}
