import TeredoWire

/// The servers that a client may use, in order of preference, with what is known of each.
///
/// Knows no packets and draws no random numbers: the client asks, and tells what came of it.
struct ServerPool: Hashable, Sendable {
    /// What is known of one server.
    struct Entry: Hashable, Sendable {
        /// The server as it was listed.
        let listed: ServerAddresses
        /// The server; its secondary address is another one than listed when that turned out to be a server of its own.
        var addresses: ServerAddresses
        /// Whether it turned out to be no server, but the secondary address of another one.
        var isSecondaryOfOther = false
        /// Whether it answered as a server, naming itself.
        var namesItself = false
        /// Whether the administrator still lists the server; one in use that left the list stays until it can be left.
        var isListed = true
        /// Smoothed round-trip time of solicitations.
        var roundTrip: Duration?
        /// When the server last answered a solicitation.
        var lastAnswer: ProtocolInstant?
        /// Since when every solicitation was answered.
        var answersSince: ProtocolInstant?
        /// What the last answer said: the endpoint that the server sees, and the MTU.
        var lastFindings: Findings?
        /// Solicitations in a row without an answer.
        var failures = 0
        /// When the network last said, beyond doubt, that a solicitation did not arrive.
        var refusedAt: ProtocolInstant?
        /// Qualifications that failed although the server answered: its secondary address was silent.
        var defects = 0
        /// How often the server was lost while it was in use, with less than an hour of use in between.
        var losses = 0
        /// Since when the server is in use.
        var inUseSince: ProtocolInstant?
        /// How long the server has to answer before the client returns to it.
        var returnsAfter = Failover.stability
        /// The solicitation that waits for its answer while another server is in use.
        var probe: Probe?
        /// When the server is asked next while another one is in use.
        var nextProbe: ProtocolInstant?

        init(_ addresses: ServerAddresses) {
            listed = addresses
            self.addresses = addresses
        }

        /// Whether the server answered the last time it was asked, not long ago.
        func answers(now: ProtocolInstant) -> Bool {
            guard failures == 0, let lastAnswer else { return false }
            return now - lastAnswer < Failover.standbyInterval * 3
        }
    }

    /// What an advertisement says.
    struct Findings: Hashable, Sendable {
        let mappedEndpoint: UDPEndpoint
        let mtu: Int
    }

    /// A question to a server that is not in use; repetitions have nonces of their own, and an answer to any will do.
    struct Probe: Hashable, Sendable {
        var nonces: [UInt64]
        var sentAt: ProtocolInstant
    }

    private static let nonceLimit = 4

    private(set) var entries: [Entry] = []
    /// The server in use, or the one that is being qualified with.
    private(set) var current: Int?

    /// Takes a new list over and keeps what is known of those that stay; returns the places of the new ones.
    ///
    /// The server in use goes to the end when it is not listed any more, unless `dropsUnlisted`.
    mutating func update(_ list: [ServerAddresses], dropsUnlisted: Bool) -> [Int] {
        let used = current.map { entries[$0] }
        var updated: [Entry] = []
        var new: [Int] = []
        for addresses in list where !updated.contains(where: { $0.addresses.primary == addresses.primary }) {
            if var known = entries.first(where: { $0.listed == addresses }) {
                known.isListed = true
                updated.append(known)
            } else {
                new.append(updated.count)
                updated.append(Entry(addresses))
            }
        }
        current = used.flatMap { used in updated.firstIndex { $0.listed == used.listed } }
        if var used, current == nil, !dropsUnlisted {
            used.isListed = false
            current = updated.count
            updated.append(used)
        }
        entries = updated
        return new
    }

    /// The server to begin a qualification with: the one that was used last, else the first; those whose secondary
    /// address was silent come after the others.
    var first: Int? {
        entries.indices.min { rank($0) < rank($1) }
    }

    private func rank(_ index: Int) -> (Int, Int, Int, Int) {
        (entries[index].isSecondaryOfOther ? 1 : 0, entries[index].defects, index == current ? 0 : 1, index)
    }

    /// The servers that are not in use.
    var standbys: [Int] { entries.indices.filter { $0 != current && !entries[$0].isSecondaryOfOther } }

    // MARK: What the addresses of a name are to each other

    /// The primary addresses that are listed.
    var primaries: [IPv4Address] { entries.filter(\.isListed).map(\.addresses.primary) }

    /// An advertisement from `address` named `server`: the addresses of a name are two servers, or one server's two addresses, and
    /// nothing but this tells which.
    mutating func recordRelation(of address: IPv4Address, namedServer server: IPv4Address, now: ProtocolInstant) {
        guard let index = entries.firstIndex(where: { $0.addresses.primary == address }) else { return }
        guard address == server else {
            guard let owner = entries.firstIndex(where: { $0.addresses.primary == server }) else { return }
            entries[index].isSecondaryOfOther = true
            entries[index].probe = nil
            entries[index].nextProbe = nil
            if entries[owner].addresses.secondary == server.successor { entries[owner].addresses.secondary = address }
            // The server itself is asked at once, when that address was taken for it.
            if index == current { entries[owner].nextProbe = now }
            return
        }
        entries[index].namesItself = true
        for other in entries.indices where entries[other].addresses.secondary == address && entries[other].namesItself {
            // Listed as each other's secondary address: that was a guess, and both are servers.
            guard entries[index].listed.secondary == entries[other].addresses.primary else { continue }
            entries[other].addresses.secondary = unlistedSuccessor(of: entries[other].addresses.primary)
            entries[index].addresses.secondary = unlistedSuccessor(of: address)
        }
    }

    /// The next address, which is the secondary one of most servers, unless it is a server itself.
    private func unlistedSuccessor(of address: IPv4Address) -> IPv4Address? {
        entries.contains { $0.addresses.primary == address.successor } ? nil : address.successor
    }

    /// Whether there is a server to go to.
    func hasStandby(now: ProtocolInstant) -> Bool {
        entries.count > 1 && standbys.contains { entries[$0].isListed && entries[$0].answers(now: now) }
    }

    /// The best of the servers that answered since `time` and are not in use.
    func standby(answeredSince time: ProtocolInstant) -> Int? {
        standbys.first { entries[$0].isListed && entries[$0].lastAnswer.map { $0 >= time } ?? false }
    }

    /// Whether the client is to return to a server from which an answer just came: it is preferred to the one in use,
    /// and has answered for long.
    ///
    /// One that left the list is the last of all.
    func isWorthReturning(to index: Int, now: ProtocolInstant) -> Bool {
        guard let current, index < current || !entries[current].isListed,
            let since = entries[index].answersSince
        else { return false }
        return now - since >= entries[index].returnsAfter
    }

    /// Uses a server from now on.
    mutating func use(_ index: Int, now: ProtocolInstant) {
        guard current != index else { return }
        current = index
        entries[index].inUseSince = now
        entries[index].probe = nil
        entries[index].nextProbe = nil
    }

    /// The server in use does not answer and is left.
    mutating func recordLoss(now: ProtocolInstant) {
        guard let current else { return }
        let wasStable = entries[current].inUseSince.map { now - $0 >= Failover.flapMemory } ?? true
        entries[current].losses = wasStable ? 1 : entries[current].losses + 1
        entries[current].failures += 1
        entries[current].answersSince = nil
    }

    /// A server answered; `patience` in percent stretches the time until the client returns to it.
    mutating func recordAnswer(
        of index: Int,
        _ findings: Findings,
        roundTrip: Duration,
        patience: Int,
        now: ProtocolInstant
    ) {
        let known = entries[index].roundTrip
        entries[index].roundTrip = known.map { ($0 * 7 + roundTrip) / 8 } ?? roundTrip
        entries[index].lastAnswer = now
        entries[index].lastFindings = findings
        entries[index].failures = 0
        entries[index].refusedAt = nil
        guard entries[index].answersSince == nil else { return }
        entries[index].answersSince = now
        let doublings = min(max(entries[index].losses - 1, 0), 5)
        entries[index].returnsAfter = Failover.stability * (1 << doublings) * patience / 100
    }

    /// A server showed that it is there, by something other than an advertisement.
    mutating func recordLife(of index: Int, now: ProtocolInstant) {
        entries[index].lastAnswer = now
        entries[index].failures = 0
        entries[index].answersSince = entries[index].answersSince ?? now
    }

    /// A server did not answer.
    mutating func recordFailure(of index: Int) {
        entries[index].failures += 1
        entries[index].answersSince = nil
    }

    /// The network says that a solicitation to a server did not arrive.
    mutating func recordRefusal(of index: Int, now: ProtocolInstant) { entries[index].refusedAt = now }

    /// The listed servers that are not in use and of which nobody has said since `time` that they are not reached.
    func hopes(since time: ProtocolInstant) -> [Int] {
        standbys.filter { entries[$0].isListed && entries[$0].refusedAt.map { $0 < time } ?? true }
    }

    /// A qualification with the server in use failed although it answered, or succeeded.
    mutating func recordQualification(succeeded: Bool) {
        guard let current else { return }
        entries[current].defects = succeeded ? 0 : entries[current].defects + 1
    }

    /// Sets when a server is asked next.
    mutating func schedule(_ index: Int, at time: ProtocolInstant?) { entries[index].nextProbe = time }

    /// A solicitation went to a server that is not in use.
    mutating func recordProbe(of index: Int, nonce: UInt64, now: ProtocolInstant) {
        entries[index].nextProbe = nil
        let earlier = entries[index].probe?.nonces.suffix(Self.nonceLimit - 1) ?? []
        entries[index].probe = Probe(nonces: earlier + [nonce], sentAt: now)
    }

    /// The question to a server is over; returns it.
    mutating func endProbe(of index: Int) -> Probe? {
        defer { entries[index].probe = nil }
        return entries[index].probe
    }

    /// Stops asking; what is known stays.
    mutating func stopProbing() {
        for index in entries.indices {
            entries[index].probe = nil
            entries[index].nextProbe = nil
        }
    }

    /// The network is another one: nothing that is known holds there, and the first server is preferred again.
    mutating func forgetNetwork() {
        entries = entries.filter(\.isListed).map { Entry($0.addresses) }
        current = nil
    }

    /// The server whose probe has this nonce.
    func probed(at address: IPv4Address, nonce: UInt64) -> Int? {
        entries.firstIndex { $0.addresses.primary == address && $0.probe?.nonces.contains(nonce) ?? false }
    }

    /// When a server that is not in use has to be asked, or has not answered.
    var nextDeadline: ProtocolInstant? {
        guard entries.count > 1 else { return nil }
        return standbys.reduce(nil) { earliest, index in
            let end = entries[index].probe.map { $0.sentAt + RFC4380.solicitationTimeout }
            return .earlier(earliest, .earlier(end, entries[index].nextProbe))
        }
    }
}
