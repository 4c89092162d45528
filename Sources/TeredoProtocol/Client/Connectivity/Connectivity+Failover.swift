import TeredoWire

/// The change to another server, and back.
extension Connectivity {
    /// Takes in the answer of a server that is not in use.
    mutating func acceptStandby(
        _ answer: SolicitationExchange.Answer,
        of index: Int,
        isIdle: Bool,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        output.counters.advertisements &+= 1
        link.recordStandby(answer, of: index, &output, now: now)
        context.notePort(answer.mappedEndpoint, seenBy: link.addresses(of: index).primary)
        adoptSecondary(&output, now: now)
        switch qualification.state {
        case .cone, .restricted:
            // It answered while the first choice does not: the client goes on with it.
            guard link.isAsking else { return [] }
            let addresses = link.replaceSilent(by: index, now: now)
            context.use(addresses)
            qualification.skipConePhase()
            return accept(answer, from: addresses.primary, &output, now: now)
        case .qualified:
            if link.isLost { return failOver(to: index, &output, now: now) }
            if isIdle, link.isWorthReturning(to: index, now: now), let previous = context.server?.primary {
                let preferred = link.addresses(of: index).primary
                let reason = StateChangeReason.serverReturned(from: previous, to: preferred)
                return change(to: index, reason: reason, &output, now: now)
            }
            link.hastenRefresh(interval: refreshInterval, context, now: now)
            // What a server of its own sees tells as much as a secondary address.
            if context.natClass == .unknown, context.configuration.qualification.checksSecondaryServer {
                return classify(answer.mappedEndpoint, from: link.addresses(of: index).primary, &output, now: now)
            }
        case .initial, .resolving, .secondary, .offline:
            break
        }
        return []
    }

    /// The server in use is gone, and another one answers.
    mutating func failOver(
        to index: Int,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let lost = context.server?.primary else { return [] }
        link.recordLoss(now: now)
        let reason = StateChangeReason.serverLost(lost, next: link.addresses(of: index).primary)
        return change(to: index, reason: reason, &output, now: now)
    }

    /// Takes another server, which just answered: another address, the same NAT.
    private mutating func change(
        to index: Int,
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let findings = link.findings(of: index) else { return [] }
        let effects = withdrawAddress(reason: reason, &output)
        determination.stop(&output)
        watch.forgetServer()
        link.noteAnswer()
        context.use(link.use(index, now: now))
        setMTU(findings.mtu, &output)
        let action = qualification.serverChanged(
            findings.mappedEndpoint,
            hasSecondary: context.server?.secondary != nil
        )
        return effects.union(carryOut(action, reason: reason, &output, now: now))
    }
}
