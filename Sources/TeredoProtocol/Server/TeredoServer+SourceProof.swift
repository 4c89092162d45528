import TeredoWire

/// Which share of the limits a datagram belongs to, and how a relay comes to a share of its own.
///
/// A relay with many clients sends many bubbles, and so does whoever spoofs its address to have those clients answer there. The
/// relay shows that it is no victim by returning, with its bubbles, what the server sent to it when it went over the share
/// of unproven sources (docs/trailers.md). That is also how it can tell a limit from silence.
extension TeredoServer {
    /// Who sent a datagram that is no solicitation.
    func sender(
        of datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ServerLimiters.Sender {
        if let client = TeredoAddress(datagram.header.source) {
            return client.mappedEndpoint == source ? .client : .unproven
        }
        guard datagram.header.isBubble, let returned = Self.returnedProof(bytes.extracting(datagram.trailers)),
            proof.isGood(returned, at: source, now: now)
        else { return .unproven }
        return .provenRelay
    }

    /// The proof that the trailers of a bubble return: the last of them, and nobody else's business.
    private static func returnedProof(_ trailers: Span<UInt8>) -> UInt64? {
        let start = trailers.count - Trailer.sourceProofLength
        guard start >= 0, trailers[start] == Trailer.TypeCode.sourceProof, trailers[start + 1] == 8 else { return nil }
        return trailers.bigEndianUInt64(at: start + 2)
    }

    /// What is left of the trailers of a bubble for its destination: a proof is between relay and server.
    static func forwardedTrailers(_ datagram: TeredoDatagram, in bytes: Span<UInt8>) -> Range<Int> {
        let range = datagram.trailers
        guard returnedProof(bytes.extracting(range)) != nil else { return range }
        return range.lowerBound..<range.upperBound - Trailer.sourceProofLength
    }

    /// Drops what is over a limit, and tells a relay how to get a share of its own: once a second, in 50 octets for 40.
    mutating func refuse(
        _ datagram: TeredoDatagram,
        of sender: ServerLimiters.Sender,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let header = datagram.header
        guard sender == .unproven, header.isBubble, !header.source.isTeredo, socket == .primary,
            passesSourceRule(header, from: source), filter.mayBeSent(to: source),
            limiters.admitOffer(to: source.address, now: now)
        else { return .drop(.rateLimited) }
        counters.drops.record(.rateLimited)
        let before = output.count
        TeredoBubble(source: linkLocal, destination: header.source).encode(into: &output)
        Trailer.sourceProof(proof.value(at: source, now: now)).encode(into: &output)
        counters.bubblesSent &+= 1
        return .reply(from: .primary, to: source, count: output.count - before)
    }
}
