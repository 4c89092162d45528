public import TeredoWire

/// What the owner of a client tells it.
extension TeredoClient {
    /// Starts the client: the service port is bound to `localEndpoint` on a host with the given IPv4 subnets.
    public mutating func start(localEndpoint: UDPEndpoint, subnets: [IPv4Prefix], now: ProtocolInstant) {
        let effects = connectivity.start(
            localEndpoint: localEndpoint,
            subnets: subnets,
            reason: .started,
            &output,
            now: now
        )
        carryOut(effects, now: now)
    }

    /// Tells the client that the host's IPv4 address, route or subnets changed; `nil` when there is no IPv4 any more.
    ///
    /// The address is dropped, peers are flushed and qualification begins anew.
    public mutating func handleNetworkChange(
        localEndpoint: UDPEndpoint?,
        subnets: [IPv4Prefix],
        now: ProtocolInstant
    ) {
        let effects = connectivity.handleNetworkChange(
            localEndpoint: localEndpoint,
            subnets: subnets,
            &output,
            now: now
        )
        carryOut(effects, now: now)
    }

    /// Tells the client that other subnets are attached to the host while the way to the server stayed as it was.
    public mutating func setSubnets(_ subnets: [IPv4Prefix]) { connectivity.setSubnets(subnets) }

    /// Tells the client all IPv4 addresses of the host, before it starts and whenever they change: whoever names one of them has
    /// nothing sent there (SEC-34, SEC-50).
    public mutating func setOwnAddresses(_ addresses: [IPv4Address]) { connectivity.setOwnAddresses(addresses) }

    /// Answers `.serverAddressNeeded` for a client with one server; `nil` means that the look-up failed.
    public mutating func setServer(_ addresses: ServerAddresses?, now: ProtocolInstant) {
        guard connectivity.isResolving else { return }
        setServers([addresses].compactMap(\.self), now: now)
    }

    /// Answers `.serverAddressNeeded`, and tells of another list at any other time; the most preferred server first.
    ///
    /// No server at all means that the look-up failed. A server in use stays in use as long as it answers.
    public mutating func setServers(_ list: [ServerAddresses], now: ProtocolInstant) {
        carryOut(connectivity.setServers(list, &output, now: now), now: now)
    }

    /// Tells the client what answers for the first hops of its way out: hop 1 first, `nil` for a silent one; an empty list when
    /// nothing is known.
    ///
    /// Another network makes it forget them.
    public mutating func setNearHops(_ addresses: [IPv4Address?]) {
        connectivity.setNearHops(NearHops(addresses))
    }

    /// Tells the client that the secondary port is open, after `.secondaryPortNeeded`.
    public mutating func secondaryPortOpened(now: ProtocolInstant) {
        connectivity.secondaryPortOpened(&output, now: now)
    }

    /// Tells the client which external endpoint a router forwards to the service port, by whatever protocol; `nil` when
    /// none does (RFC 6081 section 5.3).
    public mutating func setPortMapping(_ external: UDPEndpoint?, now: ProtocolInstant) {
        connectivity.setPortMapping(external)
    }

    /// Tells the client that the socket of a slot is open on `port`, after `.randomPortNeeded`.
    public mutating func randomPortOpened(_ slot: UInt8, port: UInt16, now: ProtocolInstant) {
        randomPorts.opened(slot, port: port, &contacts, connectivity.context, &output, now: now)
    }

    /// Tells the client that there is no socket for a slot: the contact goes on without it.
    public mutating func randomPortFailed(_ slot: UInt8, now: ProtocolInstant) {
        randomPorts.failed(slot, &contacts, connectivity.context, &output, now: now)
    }

    /// Takes over what can change without another address and without forgetting a peer.
    ///
    /// That is: extensions, transit, refresh and check interval, the secret, and whether octets are counted. Everything
    /// else is left alone.
    public mutating func adopt(_ fresh: ClientConfiguration, now: ProtocolInstant) {
        let isOtherTransit = fresh.transit != connectivity.context.configuration.transit
        let isOtherDenial = fresh.denied != connectivity.context.configuration.denied
        contacts.setCounting(fresh.countsPeerOctets)
        connectivity.adopt(fresh, &output, now: now)
        if isOtherDenial { removeDeniedPeers(fresh.denied, now: now) }
        guard isOtherTransit, address != nil else { return }
        transit.forgetPaths(&contacts)
        transit.findRelay(connectivity.context, &output, now: now)
        tellTransitRelay()
    }

    /// What was proved before is no way to who is denied now, whoever moves its packets.
    private mutating func removeDeniedPeers(_ denied: DenyList, now: ProtocolInstant) {
        for index in contacts.peers.indices
        where denied.contains(contacts.address(of: index)) || denied.contains(contacts[index].endpoint.address)
            || denied.contains(contacts[index].receptionEndpoint.address)
        {
            remove(index, now: now)
        }
    }
}
