import DequeModule
import TeredoWire

/// The clients that a relay carries packets for: bounded in all, for each IPv4 address and for each endpoint, as what is carried is;
/// forgotten after 120 s without a request.
///
/// Claims, of which nothing is proved but where the answer goes, have a part of their own, in which the oldest makes room: whatever
/// number of them comes, a client that proves itself finds a place.
struct TransitTable: Sendable {
    static let lifetime = Duration.seconds(120)
    /// How long a claim waits for its proof.
    static let claimLifetime = Duration.seconds(30)
    /// The least time between invitations of one client after four in vain.
    static let lateSpacing = Duration.seconds(10)

    private struct Expiry: Sendable {
        let deadline: ProtocolInstant
        let client: IPv6Address
    }

    private var configuration: TransitConfiguration
    private var clients: [IPv6Address: TransitClient] = [:]
    private var endpoints: [UDPEndpoint: TransitEndpoint] = [:]
    private var hosts: [IPv4Address: TransitHost] = [:]
    private var expiries: Deque<Expiry> = []
    /// The claims of each IPv4 address, and all in order of their beginning; an entry of the latter may be void.
    private var claims: [IPv4Address: [IPv6Address]] = [:]
    private var claimExpiries: Deque<Expiry> = []
    private var claimCount = 0
    /// Clients and claims to come, which IPv4 addresses and their networks share fairly.
    private var newClients: FairBucket
    private var newClaims: FairBucket
    private let hash: SipHash
    private var total: TokenBucket

    init(_ configuration: TransitConfiguration, _ hash: SipHash, now: ProtocolInstant) {
        self.configuration = configuration
        self.hash = hash
        newClients = configuration.newClients(now: now)
        newClaims = .forAddresses(rate: Self.claimsPerSecond, burst: Self.claimsPerSecond / 2, bits: 9, now: now)
        total = configuration.total(now: now)
    }

    /// Takes other limits: clients and pairs that are open stay open, and a rate that changed begins anew.
    mutating func adopt(_ fresh: TransitConfiguration, now: ProtocolInstant) {
        let previous = configuration
        configuration = fresh
        if fresh.newClientsPerSecond != previous.newClientsPerSecond { newClients = fresh.newClients(now: now) }
        let hasSameBurst = fresh.burstOctets == previous.burstOctets
        if !hasSameBurst || fresh.totalOctetsPerSecond != previous.totalOctetsPerSecond {
            total = fresh.total(now: now)
        }
        guard !hasSameBurst || fresh.octetsPerSecond != previous.octetsPerSecond else { return }
        let credit = fresh.credit(now: now)
        let hostCredit = fresh.hostCredit(now: now)
        hosts = hosts.mapValues { TransitHost(clients: $0.clients, credit: hostCredit) }
        endpoints = endpoints.mapValues { TransitEndpoint(addresses: $0.addresses, credit: credit) }
    }

    /// The clients and claims.
    var count: Int { clients.count }

    subscript(address: IPv6Address) -> TransitClient? {
        get { clients[address] }
        _modify { yield &clients[address] }
    }

    /// What became of a request.
    enum Admission: Hashable, Sendable {
        /// Noted; the client is who it says and where it says.
        case proven
        /// The address is not proved yet, or not for this endpoint.
        case unproven
        /// There is no room.
        case full
    }

    /// Notes the request of somebody who receives at `place` and claims to be `client`, which is proved when that endpoint is
    /// embedded in the address.
    ///
    /// What is known of a proven client never changes by the claim of another endpoint.
    mutating func request(
        from client: IPv6Address,
        at place: Destination,
        isEmbedded: Bool,
        for peer: IPv6Address,
        nonce: UInt64,
        now: ProtocolInstant
    ) -> Admission {
        expire(now: now)
        let endpoint = place.endpoint
        if isEmbedded || clients[client]?.isVouched(at: endpoint) == true {
            guard settle(client, at: place, now: now) else { return .full }
        } else if clients[client] == nil {
            guard claim(client, at: place, now: now) else { return .full }
        }
        clients[client]?.addCandidate(place)
        let isProven = clients[client]?.isProven == true
        if isProven, clients[client]?.endpoint != endpoint { return .unproven }
        clients[client]?.lastRequest = now
        clients[client]?.note(peer, askedAt: endpoint, nonce: nonce, limit: configuration.peersPerClient, now: now)
        return isProven ? .proven : .unproven
    }

    /// Notes that `client` is who it says, at `endpoint`; `false` when nobody showed to receive there so far.
    mutating func prove(_ client: IPv6Address, at endpoint: UDPEndpoint, now: ProtocolInstant) -> Bool {
        guard let place = clients[client]?.vouch(for: endpoint) else { return false }
        return settle(client, at: place, now: now)
    }

    /// Makes a client one that is proved to be at `place`; `false` when there is no room.
    private mutating func settle(_ client: IPv6Address, at place: Destination, now: ProtocolInstant) -> Bool {
        let endpoint = place.endpoint
        let known = clients[client]
        if let known, known.isProven, known.endpoint == endpoint { return true }
        let isOfAddress = known?.isProven == true && known?.endpoint.address == endpoint.address
        let isCrowded = endpoints[endpoint].map { $0.addresses.count >= TransitEndpoint.addressLimit } ?? false
        if !isCrowded, !isOfAddress {
            guard hosts[endpoint.address]?.clients ?? 0 < configuration.clientsPerAddress else { return false }
        }
        if !isCrowded, known?.isProven != true {
            guard clients.count - claimCount < configuration.clientLimit else { return false }
        }
        guard known != nil || newClients.take(for: endpoint.address, hash, now: now) else { return false }
        if isCrowded, let oldest = oldestAddress(at: endpoint) { remove(oldest) }
        // First, so that a client that moves to another port of its address does not begin with full credit.
        hosts[endpoint.address, default: TransitHost(credit: configuration.hostCredit(now: now))].clients += 1
        if let known { forget(client, known) }
        if known?.isProven != true { expiries.append(Expiry(deadline: now + Self.lifetime, client: client)) }
        clients[client, default: TransitClient(at: place, now: now)].prove(at: place, now: now)
        clients[client]?.lastRequest = now
        endpoints[endpoint, default: TransitEndpoint(credit: configuration.credit(now: now))].addresses.append(client)
        return true
    }

    private func oldestAddress(at endpoint: UDPEndpoint) -> IPv6Address? {
        endpoints[endpoint]?.addresses.min { first, second in
            guard let first = clients[first]?.lastRequest, let second = clients[second]?.lastRequest else {
                return false
            }
            return first < second
        }
    }

    /// Notes who claims to be `client`, until it is proved.
    ///
    /// One IPv4 address has few claims at once, of which the oldest makes room when there was time to prove it.
    private mutating func claim(_ client: IPv6Address, at place: Destination, now: ProtocolInstant) -> Bool {
        let own = claims[place.endpoint.address] ?? []
        var victim: IPv6Address?
        if own.count >= Self.claimsPerAddress {
            guard let oldest = own.first, let since = clients[oldest]?.since, now - since >= Self.proofTime else {
                return false
            }
            victim = oldest
        }
        guard newClaims.take(for: place.endpoint.address, hash, now: now) else { return false }
        if let victim { remove(victim) } else if claimCount >= claimLimit { removeOldestClaim() }
        clients[client] = TransitClient(at: place, now: now)
        claims[place.endpoint.address, default: []].append(client)
        claimExpiries.append(Expiry(deadline: now + Self.claimLifetime, client: client))
        claimCount += 1
        return true
    }

    /// How many claims there are at most: a quarter of the clients.
    private var claimLimit: Int { max(1, configuration.clientLimit / 4) }

    private mutating func removeOldestClaim() {
        while let next = claimExpiries.popFirst() {
            if isClaim(next) { return remove(next.client) }
        }
    }

    /// Whether what was noted of a claim still holds.
    private func isClaim(_ expiry: Expiry) -> Bool {
        guard let client = clients[expiry.client] else { return false }
        return !client.isProven && client.since + Self.claimLifetime == expiry.deadline
    }

    /// The request of `client` for `peer`, if it is recent.
    func pair(_ client: IPv6Address, _ peer: IPv6Address, now: ProtocolInstant) -> TransitClient.Pair? {
        guard let known = clients[client], known.isProven else { return nil }
        return known.pairs.first { $0.peer == peer && now - $0.lastRequest < Self.lifetime }
    }

    /// Whether `peer` may be told now that `client` asks for it; if so, that is on record.
    mutating func mayInvite(_ peer: IPv6Address, for client: IPv6Address, now: ProtocolInstant) -> Bool {
        clients[client]?.mayInvite(peer, lateSpacing: Self.lateSpacing, now: now) ?? false
    }

    /// Whether packets may go between two clients: both showed who and where they are, and each asked for the other.
    func isOpen(_ first: IPv6Address, _ second: IPv6Address, now: ProtocolInstant) -> Bool {
        pair(first, second, now: now) != nil && pair(second, first, now: now) != nil
    }

    /// Whether `octets` from `endpoint` may be carried: within the rate of the endpoint, of its IPv4 address, and of all.
    mutating func takeCredit(_ octets: Int, from endpoint: UDPEndpoint, now: ProtocolInstant) -> Bool {
        endpoints[endpoint]?.credit.take(octets, now: now) == true
            && hosts[endpoint.address]?.credit.take(octets, now: now) == true && total.take(octets, now: now)
    }

    private mutating func expire(now: ProtocolInstant) {
        while let next = expiries.first, next.deadline <= now {
            expiries.removeFirst()
            guard let client = clients[next.client], client.isProven else { continue }
            let deadline = client.lastRequest + Self.lifetime
            if deadline <= now {
                remove(next.client)
            } else {
                expiries.append(Expiry(deadline: max(deadline, now), client: next.client))
            }
        }
        while let next = claimExpiries.first, next.deadline <= now {
            claimExpiries.removeFirst()
            if isClaim(next) { remove(next.client) }
        }
    }

    private mutating func remove(_ address: IPv6Address) {
        guard let client = clients.removeValue(forKey: address) else { return }
        forget(address, client)
    }

    /// A client is not what it was any more: a claim, or where it was proved to be.
    private mutating func forget(_ address: IPv6Address, _ client: TransitClient) {
        let endpoint = client.endpoint
        guard client.isProven else {
            claimCount -= 1
            claims[endpoint.address]?.removeAll { $0 == address }
            if claims[endpoint.address]?.isEmpty == true { claims[endpoint.address] = nil }
            return
        }
        hosts[endpoint.address]?.clients -= 1
        if hosts[endpoint.address]?.clients == 0 { hosts[endpoint.address] = nil }
        endpoints[endpoint]?.addresses.removeAll { $0 == address }
        if endpoints[endpoint]?.addresses.isEmpty == true { endpoints[endpoint] = nil }
    }

    /// The most claims of one IPv4 address at once.
    private static let claimsPerAddress = 16
    /// How long a claim is safe from the next one of its address.
    private static let proofTime = Duration.seconds(2)
    /// The most claims per second, and at once.
    private static let claimsPerSecond = 1000
}

extension TransitConfiguration {
    /// What may be carried from one endpoint.
    fileprivate func credit(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: octetsPerSecond, burst: burstOctets, now: now)
    }

    /// What may be carried from one IPv4 address.
    fileprivate func hostCredit(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: TransitHost.rateShare * octetsPerSecond, burst: TransitHost.rateShare * burstOctets, now: now)
    }

    /// What all clients together may have carried.
    fileprivate func total(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: totalOctetsPerSecond, burst: max(totalOctetsPerSecond / 10, burstOctets), now: now)
    }

    /// One address gets half of a second's at once.
    fileprivate func newClients(now: ProtocolInstant) -> FairBucket {
        .forAddresses(rate: newClientsPerSecond, burst: max(1, newClientsPerSecond / 2), bits: 9, now: now)
    }
}
