import DequeModule
import TeredoWire

/// The clients that a relay carries packets for: bounded in all and for each IPv4 address, forgotten after 120 s without
/// a request.
struct TransitTable: Sendable {
    static let lifetime = Duration.seconds(120)
    /// The least time between invitations of one client after four in vain.
    static let lateSpacing = Duration.seconds(10)

    private var configuration: TransitConfiguration
    private var clients: [IPv6Address: TransitClient] = [:]
    private var perAddress: [IPv4Address: Int] = [:]
    private var expiries: Deque<(deadline: ProtocolInstant, client: IPv6Address)> = []
    private var newClients: TokenBucket
    var total: TokenBucket

    init(_ configuration: TransitConfiguration, now: ProtocolInstant) {
        self.configuration = configuration
        newClients = configuration.newClients(now: now)
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
        clients = clients.mapValues { client in
            var client = client
            client.credit = credit
            return client
        }
    }

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

    /// Notes the request of somebody who receives at `endpoint` and claims to be `client`.
    ///
    /// What is known of a proven client never changes by the claim of another endpoint.
    mutating func request(
        from client: IPv6Address,
        at place: Destination,
        for peer: IPv6Address,
        nonce: UInt64,
        now: ProtocolInstant
    ) -> Admission {
        expire(now: now)
        if let known = clients[client], known.isProven, known.destination != place {
            clients[client]?.addCandidate(place)
            return .unproven
        }
        if clients[client] == nil {
            guard clients.count < configuration.clientLimit,
                perAddress[place.endpoint.address, default: 0] < configuration.clientsPerAddress,
                newClients.take(now: now)
            else { return .full }
            count(place.endpoint.address, 1)
            clients[client] = TransitClient(
                destination: place,
                lastRequest: now,
                credit: configuration.credit(now: now)
            )
            expiries.append((now + Self.lifetime, client))
        }
        clients[client]?.addCandidate(place)
        clients[client]?.lastRequest = now
        note(peer, of: client, nonce: nonce, now: now)
        return clients[client]?.isProven == true ? .proven : .unproven
    }

    /// Notes that `client` is who it says, at `endpoint`; `false` when nobody showed to receive there.
    mutating func prove(_ client: IPv6Address, at endpoint: UDPEndpoint) -> Bool {
        guard let known = clients[client], let place = known.candidates.first(where: { $0.endpoint == endpoint })
        else { return false }
        if known.endpoint.address != endpoint.address {
            count(known.endpoint.address, -1)
            count(endpoint.address, 1)
        }
        clients[client]?.destination = place
        clients[client]?.isProven = true
        clients[client]?.candidates = [place]
        clients[client]?.pacing.answered()
        return true
    }

    private mutating func count(_ address: IPv4Address, _ change: Int) {
        let result = perAddress[address, default: 0] + change
        perAddress[address] = result > 0 ? result : nil
    }

    /// A new peer takes the place of the one that was asked for longest ago.
    private mutating func note(_ peer: IPv6Address, of client: IPv6Address, nonce: UInt64, now: ProtocolInstant) {
        guard var pairs = clients[client]?.pairs else { return }
        var pair = TransitClient.Pair(peer: peer, nonce: nonce, lastRequest: now)
        if let index = pairs.firstIndex(where: { $0.peer == peer }) {
            pair = pairs.remove(at: index)
            pair.nonce = nonce
            pair.lastRequest = now
        } else if pairs.count >= configuration.peersPerClient {
            pairs.removeFirst(pairs.count + 1 - configuration.peersPerClient)
        }
        pairs.append(pair)
        clients[client]?.pairs = pairs
    }

    /// The request of `client` for `peer`, if it is recent.
    func pair(_ client: IPv6Address, _ peer: IPv6Address, now: ProtocolInstant) -> TransitClient.Pair? {
        guard let known = clients[client], known.isProven else { return nil }
        return known.pairs.first { $0.peer == peer && now - $0.lastRequest < Self.lifetime }
    }

    /// Whether `peer` may be told now that `client` asks for it; if so, that is on record.
    mutating func mayInvite(_ peer: IPv6Address, for client: IPv6Address, now: ProtocolInstant) -> Bool {
        guard let index = clients[client]?.pairs.firstIndex(where: { $0.peer == peer }),
            var pair = clients[client]?.pairs[index]
        else { return false }
        let last = pair.lastInvitation ?? now - RFC4380.peerValidity
        // Four quickly, then one for now and then a request of the client: some may have been lost.
        let isLate = pair.invitations.isExhausted(now: now) && now - last >= Self.lateSpacing
        guard isLate || pair.invitations.decide(lastTransmission: last, now: now) == .now else { return false }
        pair.lastInvitation = now
        clients[client]?.pairs[index] = pair
        return true
    }

    /// Whether packets may go between two clients: both showed who and where they are, and each asked for the other.
    func isOpen(_ first: IPv6Address, _ second: IPv6Address, now: ProtocolInstant) -> Bool {
        pair(first, second, now: now) != nil && pair(second, first, now: now) != nil
    }

    private mutating func expire(now: ProtocolInstant) {
        while let next = expiries.first, next.deadline <= now {
            expiries.removeFirst()
            guard let client = clients[next.client] else { continue }
            let deadline = client.lastRequest + Self.lifetime
            if deadline <= now { remove(next.client) } else { expiries.append((max(deadline, now), next.client)) }
        }
    }

    private mutating func remove(_ client: IPv6Address) {
        guard let removed = clients.removeValue(forKey: client) else { return }
        count(removed.endpoint.address, -1)
    }
}

extension TransitConfiguration {
    /// What one client may have carried.
    fileprivate func credit(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: octetsPerSecond, burst: burstOctets, now: now)
    }

    /// What all clients together may have carried.
    fileprivate func total(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: totalOctetsPerSecond, burst: max(totalOctetsPerSecond / 10, burstOctets), now: now)
    }

    fileprivate func newClients(now: ProtocolInstant) -> TokenBucket {
        TokenBucket(rate: newClientsPerSecond, burst: newClientsPerSecond, now: now)
    }
}
