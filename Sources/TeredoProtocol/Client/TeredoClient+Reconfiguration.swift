/// Other settings for a running client.
extension TeredoClient {
    /// Takes over what can change without another address and without forgetting a peer.
    ///
    /// That is: extensions, transit, refresh and check interval, the secret, and whether octets are counted. Everything
    /// else is left alone.
    public mutating func adopt(_ fresh: ClientConfiguration, now: ProtocolInstant) {
        configuration.extensions = fresh.extensions
        configuration.secret = fresh.secret
        configuration.serverCheckInterval = fresh.serverCheckInterval
        configuration.countsPeerOctets = fresh.countsPeerOctets
        octets.setCounting(fresh.countsPeerOctets, slots: peers.slotCount)
        adoptRefreshInterval(fresh.refreshInterval)
        if let refreshDeadline { self.refreshDeadline = min(refreshDeadline, now + solicitationInterval(now: now)) }
        adoptTransit(fresh.transit, now: now)
    }

    // An interval that was found out by experiment goes as well: the administrator knows better.
    private mutating func adoptRefreshInterval(_ interval: Duration) {
        guard interval != configuration.refreshInterval else { return }
        configuration.refreshInterval = interval
        refreshInterval = interval
        stopDetermination()
    }

    private mutating func adoptTransit(_ transit: ClientTransitConfiguration, now: ProtocolInstant) {
        guard transit != configuration.transit else { return }
        configuration.transit = transit
        guard address != nil else { return }
        // Another relay knows nothing of the ways through the one before.
        for index in peers.indices {
            peers[index].transit = nil
            peers.mark(index)
        }
        findTransitRelay(now: now)
    }
}
