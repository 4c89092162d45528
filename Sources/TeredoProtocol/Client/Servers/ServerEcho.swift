import TeredoWire

/// Bubbles of the client to itself through its server: a sign of life that counts in the client's share of the server's limits,
/// while solicitations count in one that all share who are behind one IPv4 address.
///
/// What comes back shows that the server is there, and, because a server passes on only what comes from the endpoint in the
/// address (S7b), that the mapping is the same. A server that passes on no such bubbles is asked by solicitations alone.
struct ServerEcho: Sendable {
    /// The nonces of the bubbles that may still come back, the newest last.
    private var nonces: [UInt32] = []
    private var firstSentAt: ProtocolInstant?
    private var failures = 0
    private var hasSucceeded = false

    /// Whether the server passes them on, as far as is known.
    var isPossible: Bool { failures < (hasSucceeded ? Self.laterFailureLimit : Self.failureLimit) }

    /// Another server is in use, or the same one from another address.
    mutating func reset() { self = Self() }

    /// Sends one.
    mutating func send(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard isPossible, context.address != nil, let server = context.serverDestination else { return }
        let nonce = UInt32.random(in: 1 ... .max, using: &output.random)
        nonces = nonces.suffix(Self.nonceLimit - 1) + [nonce]
        firstSentAt = firstSentAt ?? now
        output.sendBubble(
            from: context.own,
            to: context.own,
            at: server,
            trailers: TrailerList([.nonce(nonce)])
        )
    }

    /// Whether a bubble from the client's own server is one that came back; `false` when it is somebody else's.
    mutating func accept(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        _ context: ClientContext
    ) -> Bool {
        guard datagram.header.isBubble, datagram.header.source == context.own,
            datagram.header.destination == context.own,
            let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
            let nonce = trailers.nonce, nonces.contains(nonce)
        else { return false }
        // A tolerant server passes on what comes from another endpoint too (S7b-t): then the mapping is another one.
        guard datagram.origin.map({ $0.endpoint == context.mappedEndpoint }) ?? true else { return false }
        failures = 0
        hasSucceeded = true
        nonces = []
        firstSentAt = nil
        return true
    }

    /// The server answered a solicitation, and no bubble that was sent before came back.
    mutating func recordSolicitationAnswered(sentAt: ProtocolInstant) {
        guard let first = firstSentAt, first < sentAt else { return }
        failures += 1
        firstSentAt = nil
    }

    private static let nonceLimit = 32
    private static let failureLimit = 2
    private static let laterFailureLimit = 8
}
