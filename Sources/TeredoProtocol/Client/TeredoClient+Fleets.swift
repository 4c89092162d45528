import TeredoWire

/// Native hosts whose packets come in through several relays (docs/fleet.md section 3).
extension TeredoClient {
    /// Whether a packet of a native host that is reached through one relay may come in through another.
    mutating func admits(_ source: UDPEndpoint, of index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        guard contacts[index].isTrusted, contacts[index].isValid(now: now), let relay = contacts[index].destination
        else {
            return false
        }
        let host = contacts.address(of: index)
        return fleets.admits(source, of: host, through: relay, connectivity.context, &output, now: now)
    }

    /// Delivers what was held of a peer that proved where it is; what came in through other relays waits while these are asked for.
    mutating func deliverHeld(_ index: PeerTable.Index, now: ProtocolInstant) {
        let others = contacts.heldElsewhere(index)
        guard !others.isEmpty, !contacts.address(of: index).isTeredo else {
            return contacts.deliverHeld(index, &output, now: now)
        }
        let siblings = others.filter { admits($0, of: index, now: now) }
        contacts.deliverHeld(
            index,
            alsoFrom: siblings,
            keepsRest: fleets.isAsking(contacts[index].endpoint),
            &output,
            now: now
        )
    }

    /// Takes the siblings that a relay names in the bubble of a native host.
    mutating func handleSiblings(_ trailers: TrailerList, from source: UDPEndpoint, now: ProtocolInstant) {
        guard let answer = trailers.relaySiblings,
            fleets.handleAnswer(answer, from: source, connectivity.context, now: now)
        else { return }
        deliverAllHeld(behind: source, now: now)
    }

    /// A relay does not say who its siblings are: what came in through others is not taken.
    ///
    /// One that said so before is gone, and the hosts behind it are tested anew.
    mutating func handleSilentRelays(now: ProtocolInstant) {
        for silence in fleets.handleTimeout(connectivity.context, &output, now: now) {
            deliverAllHeld(behind: silence.relay, now: now)
            guard silence.isLost else { continue }
            for index in contacts.peers.indices where isNative(index, behind: silence.relay) {
                contacts.distrust(index)
            }
        }
    }

    private mutating func deliverAllHeld(behind relay: UDPEndpoint, now: ProtocolInstant) {
        for index in contacts.peers.indices
        where isNative(index, behind: relay) && !contacts.heldElsewhere(index).isEmpty {
            deliverHeld(index, now: now)
        }
    }

    private func isNative(_ index: PeerTable.Index, behind relay: UDPEndpoint) -> Bool {
        contacts[index].isTrusted && contacts[index].endpoint == relay && !contacts.address(of: index).isTeredo
    }
}
