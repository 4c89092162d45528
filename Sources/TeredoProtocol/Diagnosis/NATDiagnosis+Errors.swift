public import TeredoWire

/// What the network says about probes (RFC 792, RFC 5927).
extension NATDiagnosis {
    /// Takes an ICMPv4 error about what left from a socket; `octets` are what it quotes of the payload.
    ///
    /// Only an error that quotes the nonce of a probe ends it: nobody off the path knows that. Returns `false` when it does not
    /// count.
    @discardableResult
    public mutating func handleICMPError(
        _ error: ICMPv4Error,
        quoting octets: Span<UInt8>,
        on port: ProbePort,
        now: ProtocolInstant
    ) -> Bool {
        guard error.kind.isUnreachable, error.destination.port == TeredoConstants.udpPort,
            let nonce = QuotedDatagram(octets).authenticationNonce,
            let refused = probes.firstIndex(where: {
                $0.port == port && $0.server == error.destination.address && !$0.isOver
                    && $0.attempts.contains { $0.nonce == nonce }
            })
        else { return false }
        // What does not reach an address from one port does not reach it from another one either.
        let isFirst = probes[refused].port == .main && probes[refused].server == configuration.server.primary
        for index in probes.indices where !probes[index].isOver {
            if index == refused || isFirst && probes[index].server == configuration.server.primary { giveUp(index) }
        }
        // The way to the secondary address is a way of its own.
        handleTimeout(now: now)
        return true
    }
}
