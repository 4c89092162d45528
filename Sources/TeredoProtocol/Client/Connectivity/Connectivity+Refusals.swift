import TeredoWire

/// Servers of which the network says that they are not reached.
extension Connectivity {
    /// What an ICMPv4 error about a solicitation led to.
    enum ErrorOutcome {
        /// It is not about a solicitation under way.
        case foreign
        /// It counts.
        case used
        /// It does not.
        case ignored(DropReason)
    }

    /// An ICMPv4 error that may be about a solicitation; `nonce` is what it quotes of it.
    mutating func handleError(
        _ error: ICMPv4Error,
        nonce: UInt64?,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> (ErrorOutcome, ConnectivityEffects) {
        guard error.destination.port == TeredoConstants.udpPort else { return (.foreign, []) }
        let refusal = link.handleRefusal(
            by: error.destination.address,
            nonce: nonce,
            isQualified: qualification.qualified != nil,
            context,
            &output,
            now: now
        )
        switch refusal {
        case .foreign: return (.foreign, [])
        case .noted: return (.used, [])
        case .ignored(let reason): return (.ignored(reason), [])
        case .exhausted(let last):
            let reason = StateChangeReason.serverRefused(last.server, error)
            if case .secondary = qualification.state { link.recordQualification(succeeded: false) }
            // In the cone phase too: nobody is there who could answer without the cone bit.
            if qualification.state == .cone { return (.used, goOffline(reason: reason, &output, now: now)) }
            return (.used, carryOut(qualification.exhausted(), reason: reason, &output, now: now))
        }
    }
}
