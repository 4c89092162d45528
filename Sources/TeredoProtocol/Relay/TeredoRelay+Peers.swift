import TeredoWire

/// The relay's list of clients: failure, removal, expiry, errors.
extension TeredoRelay {
    /// Gives up on a client: what waited for it is dropped with address unreachable.
    mutating func fail(_ index: PeerTable.Index, reason: DropReason, now: ProtocolInstant) {
        contacts.fail(index, reason: reason, errorSource: host.errorSource, &output, now: now)
    }

    /// Drops entries that were not used for 300 s, and idle ones beyond the limit, a bounded number at a time.
    mutating func handleExpiry(now: ProtocolInstant) {
        guard let deadline = expiryDeadline, deadline <= now else { return }
        for _ in 0..<Self.expiryStep {
            guard let stale = contacts.peers.stale(after: RFC4380.bubbleWindow, now: now) ?? surplus(now: now) else {
                expiryDeadline = contacts.peers.count == 0 ? nil : now + Self.expiryInterval
                return
            }
            contacts.remove(stale, &output, now: now)
        }
        expiryDeadline = now + Self.expiryPause
    }

    /// An entry beyond the limit, which was lowered, that may go: one with traffic in the last 30 s never does (SEC-30).
    private func surplus(now: ProtocolInstant) -> PeerTable.Index? {
        contacts.peers.count > contacts.peers.limit ? contacts.peers.candidateForEviction(now: now) : nil
    }

    static let expiryInterval = Duration.seconds(30)
    /// How many entries go at once: packets must not wait for long.
    private static let expiryStep = 512
    /// The pause before the next of many go.
    private static let expiryPause = Duration.milliseconds(10)

    /// Sends an error to the IPv6 side, from a global address of the relay.
    mutating func deliverError(_ error: ICMPv6Error, about packet: Span<UInt8>, now: ProtocolInstant) {
        guard let source = host.errorSource else { return }
        output.deliverError(error, about: packet, from: source, now: now)
    }
}
