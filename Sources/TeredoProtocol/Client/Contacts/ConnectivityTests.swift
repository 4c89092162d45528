import TeredoWire

/// The direct IPv6 connectivity tests (RFC 4380 section 5.2.9): how many are under way, how often they may be sent, and
/// how the last ones ended.
///
/// What belongs to one test is part of the exchange with its peer.
struct ConnectivityTests: Sendable {
    private var outstanding = 0
    private var bucket: TokenBucket
    /// For the tests that receptions ask for; who sent shares it fairly with others, so that one sender of made-up packets leaves
    /// room for all relays.
    private var unsolicited: FairBucket
    private var record = NativeTestRecord()

    init(now: ProtocolInstant) {
        bucket = TokenBucket(rate: 10, burst: 10, now: now)
        unsolicited = FairBucket.forAddresses(rate: 5, burst: 5, bits: 8, now: now)
    }

    /// What is known at `now`; `isHeard` tells which host is heard without a test.
    func reachability(now: ProtocolInstant, isHeard: (IPv6Address) -> Bool) -> NativeReachability {
        record.reachability(now: now, isHeard: isHeard)
    }

    /// Forgets how tests ended: another server, another network, other relays.
    mutating func forgetOutcomes() { record.removeAll() }

    /// Whether a test that only a reception asks for may begin; such tests have a small budget of their own (SEC-43).
    ///
    /// Asked first, so that nothing is remembered of a sender for whom there is no token. The packet came from `sender`,
    /// as far as anybody can tell.
    mutating func mayAnswerStranger(at sender: IPv4Address, _ hash: SipHash, now: ProtocolInstant) -> Bool {
        outstanding < Self.limit / 2 && unsolicited.take(for: sender, hash, now: now)
    }

    /// Begins a test because the host has something to send.
    mutating func start(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        send(index, isAllowed: bucket.take(now: now), &contacts, context, &output, now: now)
    }

    /// Begins a test that only a reception asks for, within ``mayAnswerStranger(at:_:now:)``.
    mutating func startUnsolicited(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        send(index, isAllowed: true, &contacts, context, &output, now: now)
    }

    /// Repeats a test under way.
    mutating func `repeat`(
        _ index: PeerTable.Index,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let isSolicited = !contacts[index].outgoing.isEmpty
        let sender = contacts[index].incoming.packets.first?.origin?.address ?? .unspecified
        let isAllowed =
            isSolicited ? bucket.take(now: now) : unsolicited.take(for: sender, contacts.peers.hash, now: now)
        send(index, isAllowed: isAllowed, &contacts, context, &output, now: now)
    }

    /// Sends an echo request with a fresh nonce through the server, if it is allowed, and sets the retry timer.
    private mutating func send(
        _ index: PeerTable.Index,
        isAllowed: Bool,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts.scheduleRetry(index, at: now + context.patience())
        contacts.touch(index)
        contacts[index].updateExchange { $0.countAttempt() }
        let isNew = contacts[index].test == nil
        guard let server = context.serverDestination, isAllowed, !isNew || outstanding < Self.limit else { return }
        if isNew { outstanding += 1 }
        let nonce = UInt128(output.random.next()) << 64 | UInt128(output.random.next())
        contacts[index].updateExchange { $0.sent(.init(nonce: nonce, sentAt: now)) }
        let request = EchoMessage(
            kind: .request,
            source: context.own,
            destination: contacts.address(of: index),
            identifier: UInt16(truncatingIfNeeded: nonce),
            sequenceNumber: UInt16(contacts[index].exchange?.attempts ?? 0),
            data: Self.octets(of: nonce)
        )
        output.send([UInt8](capacity: request.length) { request.encode(into: &$0) }, to: server)
        output.counters.connectivityTests &+= 1
    }

    /// The exchange with a peer is over, whatever came of it, and a test with it.
    mutating func end(_ peer: Peer) { if peer.test != nil { outstanding -= 1 } }

    /// One of the requests of a test was answered.
    mutating func succeed(
        _ index: PeerTable.Index,
        _ request: PeerExchange.ConnectivityTest.Request,
        _ contacts: inout ContactEngine,
        now: ProtocolInstant
    ) {
        record.record(contacts.address(of: index), isAnswered: true, now: now)
        contacts.recordRoundTrip(index, now - request.sentAt)
    }

    /// A test was not answered: the host is left alone for a while.
    mutating func fail(_ index: PeerTable.Index, _ contacts: inout ContactEngine, now: ProtocolInstant) {
        guard contacts[index].test != nil else { return }
        contacts[index].quietUntil = now + RFC4380.echoNonceLifetime
        // Tests that strangers provoked say nothing about the relays.
        guard !contacts[index].outgoing.isEmpty else { return }
        record.record(contacts.address(of: index), isAnswered: false, now: now)
    }

    /// R7: the request of this peer's test that `packet` answers: as an echo reply with its nonce (SEC-07, SEC-08), or as an
    /// unreachable error that the tested host itself sent and that quotes the request (SEC-09).
    static func request(
        answeredBy packet: Span<UInt8>,
        _ header: IPv6Header,
        of peer: Peer,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> PeerExchange.ConnectivityTest.Request? {
        guard let test = peer.test, header.destination == context.own
        else { return nil }
        let echo = try? EchoMessage(validating: packet)
        for request in test.requests where now - request.sentAt <= RFC4380.echoNonceLifetime {
            let isAnswered =
                if let echo {
                    echo.kind == .reply && echo.data == octets(of: request.nonce)
                } else {
                    quotes(packet, header, nonce: request.nonce, context)
                }
            if isAnswered { return request }
        }
        return nil
    }

    private static func quotes(
        _ packet: Span<UInt8>,
        _ header: IPv6Header,
        nonce: UInt128,
        _ context: ClientContext
    ) -> Bool {
        guard let range = try? ICMPv6.messageRange(in: packet, header, minimumLength: quotedRequestEnd) else {
            return false
        }
        let message = packet.extracting(range)
        guard message[0] == ICMPv6.destinationUnreachable else { return false }
        let quoted = message.extracting(8..<quotedRequestEnd)
        return quoted.ipv6Address(at: 8) == context.own && quoted.ipv6Address(at: 24) == header.source
            && ICMPv6.isEchoRequest(quoted) && quoted.copy(48..<64) == octets(of: nonce)
    }

    private static let limit = 64
    /// ICMPv6 error header, quoted IPv6 and echo headers, 16 octets of nonce.
    private static let quotedRequestEnd = 8 + 40 + 8 + 16

    private static func octets(of nonce: UInt128) -> [UInt8] {
        [UInt8](capacity: 16) { $0.append(IPv6Address(rawValue: nonce)) }
    }
}
