public import TeredoWire

/// Other settings for a running relay.
extension TeredoRelay {
    /// Takes over what can change without forgetting a client that is in use.
    ///
    /// That is: the limits of clients and of new ones, whom the relay serves, relays of other mechanisms, who is denied, siblings, the keys of the fleet, transit with its
    /// limits, and whether octets are counted. Everything else is left alone. A rate that changed begins anew.
    public mutating func adopt(_ fresh: RelayConfiguration, now: ProtocolInstant) {
        let previous = configuration
        configuration.kind = fresh.kind
        configuration.countsPeerOctets = fresh.countsPeerOctets
        contacts.setCounting(fresh.countsPeerOctets)
        adoptPeerLimits(of: fresh, now: now)
        configuration.siblings = fresh.siblings
        configuration.fleet = fresh.fleet
        adoptFleet()
        configuration.foreignTunnelRelays = fresh.foreignTunnelRelays
        configuration.denied = fresh.denied
        if fresh.foreignTunnelRelays != previous.foreignTunnelRelays || fresh.denied != previous.denied {
            removeForbiddenPeers(now: now)
        }
        adoptTransit(fresh.transit, now: now)
    }

    /// Has clients look for another relay, because this one is about to end, or stay again.
    ///
    /// While it drains a relay serves as before, and leaves the question for its siblings without an answer: a client whose native
    /// hosts are heard through another relay of the fleet forgets this one then, and asks for the way anew (docs/fleet.md).
    public mutating func setDraining(_ isDraining: Bool) { configuration.isDraining = isDraining }

    private mutating func adoptPeerLimits(of fresh: RelayConfiguration, now: ProtocolInstant) {
        configuration.peerLimit = fresh.peerLimit
        configuration.untrustedShare = fresh.untrustedShare
        contacts.setLimit(fresh.peerLimit)
        if contacts.peers.count > contacts.peers.limit { expiryDeadline = now }
        guard fresh.newPeersPerSecond != configuration.newPeersPerSecond else { return }
        configuration.newPeersPerSecond = fresh.newPeersPerSecond
        newPeers.setRate(configuration.newPeersPerSecond, now: now)
        newSenders = Self.bucket(configuration, now: now)
    }

    /// SEC-54: what was proved before is no way to a relay that must not be sent to, nor to who is denied.
    private mutating func removeForbiddenPeers(now: ProtocolInstant) {
        for index in contacts.peers.indices {
            let address = contacts[index].endpoint.address
            guard configuration.foreignTunnelRelays.contains(address) || configuration.denied.contains(address) else {
                continue
            }
            contacts.remove(index, &output, now: now)
        }
    }

    private mutating func adoptTransit(_ fresh: TransitConfiguration?, now: ProtocolInstant) {
        guard fresh != configuration.transit else { return }
        configuration.transit = fresh
        guard let fresh else {
            transit = nil
            return
        }
        if transit == nil {
            transit = TransitTable(fresh, contacts.peers.hash, now: now)
        } else {
            transit?.adopt(fresh, now: now)
        }
    }
}

extension RelayConfiguration {
    /// The most clients without proof.
    var untrustedLimit: Int { max(1, peerLimit * untrustedShare / 100) }
}
