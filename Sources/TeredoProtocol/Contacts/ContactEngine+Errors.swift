import TeredoWire

/// What ICMPv4 errors mean for peers, whoever asks them.
extension ContactEngine {
    /// The peer that a datagram was for which a router quotes, or which went to `destination` when too little is quoted; the
    /// latter is looked for among the peers used last only.
    func peer(of quote: QuotedDatagram, at destination: UDPEndpoint) -> PeerTable.Index? {
        if let address = quote.destination { return find(address) }
        guard quote.isEmpty else { return nil }
        return peers.newest(Self.searchLimit).first { peers[$0].endpoint == destination }
    }

    /// Whether the peer is in use at `destination`, and something was sent to it a moment ago.
    func isInUse(_ index: PeerTable.Index, at destination: UDPEndpoint, now: ProtocolInstant) -> Bool {
        peers[index].endpoint == destination && peers[index].isConfirmed(now: now)
            && now - peers[index].lastTransmission < PeerDoubt.memory
    }

    /// Notes word that a peer in use is not reached; returns whether it is the first, so that the peer has to be asked.
    ///
    /// The silence of the peer decides: the word may be forged, or wrong by now (SEC-38).
    mutating func doubt(
        _ index: PeerTable.Index,
        _ kind: ICMPv4Error.Kind,
        about packet: [UInt8],
        now: ProtocolInstant
    ) -> Bool {
        guard peers[index].doubt == nil else {
            self[index].doubt?.repeat()
            return false
        }
        self[index].doubt = PeerDoubt(kind, about: packet, now: now)
        mark(index)
        return true
    }

    /// Whether a bubble may ask a peer that is in doubt now; if so, the caller sends it.
    ///
    /// In any case the answer, or the next question, is waited for.
    mutating func asksInDoubt(_ index: PeerTable.Index, roundTrip: Duration? = nil, now: ProtocolInstant) -> Bool {
        // SEC-45: within the limits of all bubbles, though the peer was heard a moment ago.
        let isExhausted = isLimitReached(index, now: now)
        guard isExhausted || peers[index].pacing.isSpaced(now: now) else {
            scheduleRetry(index, at: peers[index].pacing.nextSpacing)
            return false
        }
        awaitSignOfLife(index, roundTrip: roundTrip, now: now)
        return !isExhausted && asks(index, now: now)
    }

    /// A peer that is in doubt was asked, or may not be asked any more.
    mutating func awaitSignOfLife(_ index: PeerTable.Index, roundTrip: Duration?, now: ProtocolInstant) {
        self[index].doubt?.countQuestion()
        scheduleRetry(index, at: now + patienceInDoubt(index, roundTrip: roundTrip))
    }

    /// How long the peer's sign of life may take.
    func patienceInDoubt(_ index: PeerTable.Index, roundTrip: Duration? = nil) -> Duration {
        PeerDoubt.patience([peers[index].roundTrip.duration, roundTrip].compactMap(\.self).max())
    }

    /// What the silence of a peer in doubt means.
    enum DoubtEnd: Sendable {
        /// It was heard: nothing is wrong.
        case contradicted
        /// It has to be asked once more.
        case open
        /// It is not there any more.
        case confirmed(PeerDoubt)
    }

    /// The time is over that a sign of life may take; `nil` when the peer is in no doubt.
    mutating func concludeDoubt(_ index: PeerTable.Index) -> DoubtEnd? {
        guard let doubt = peers[index].doubt else { return nil }
        if peers[index].lastReception > doubt.since {
            self[index].doubt = nil
            mark(index)
            return .contradicted
        }
        guard doubt.isSettled else { return .open }
        self[index].doubt = nil
        distrust(index)
        touch(index)
        return .confirmed(doubt)
    }

    /// What was proved of a peer is proved no more.
    mutating func distrust(_ index: PeerTable.Index) {
        self[index].isTrusted = false
        self[index].port = .service
        mark(index)
    }

    /// Notes that one of our bubbles came back from the peer's server, or from the peer's own endpoint, while the peer is being
    /// asked; returns whether no answer can come any more.
    mutating func noteRefusal(_ index: PeerTable.Index, byServer: Bool) -> Bool {
        self[index].updateExchange {
            if byServer { $0.noteServerRefusal() } else { $0.noteDirectRefusal() }
            return $0.isHopeless
        }
    }

    /// An exchange without hope ends in `patience`, if it has not ended before.
    mutating func hastenEnd(_ index: PeerTable.Index, in patience: Duration, now: ProtocolInstant) {
        guard let deadline = peers[index].retryDeadline, deadline > now + patience else { return }
        scheduleRetry(index, at: now + patience)
    }

    private static let searchLimit = 64
}
