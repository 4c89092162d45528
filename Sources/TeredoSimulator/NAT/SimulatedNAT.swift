import TeredoProtocol
public import TeredoWire

/// The translation table of a NAT; time is an argument.
public struct SimulatedNAT: Sendable {
    private struct Mapping: Sendable {
        let inside: UDPEndpoint
        let outside: UDPEndpoint
        /// The remote endpoint that the mapping was made for.
        let remote: UDPEndpoint
        /// Whether it is for that remote endpoint alone, because the usual external port was taken by a stray datagram.
        let isDiverted: Bool
        /// The flows to remote endpoints that were sent to, and from those that were heard.
        var flows: [Flow]
        var lastUse: ProtocolInstant
        /// When it was made.
        let begunAt: ProtocolInstant
        /// Whether anything came in after its first 2 s.
        var isAnswered = false
    }

    /// What goes to and fro between a mapping and one remote endpoint.
    private struct Flow: Sendable {
        let remote: UDPEndpoint
        let begin: ProtocolInstant
        var lastUse: ProtocolInstant
        /// Whether the inside sent something: only that opens a filter, which may become stricter (RFC 4787 section 5).
        var isFromInside: Bool
        /// Whether something came back, and whether it went on for 2 s after the first datagram.
        var isAnswered = false
        var isStream = false

        mutating func note(isAnswer: Bool, now: ProtocolInstant) {
            lastUse = now
            if isAnswer { isAnswered = true }
            if isAnswered, now - begin > .seconds(2) { isStream = true }
        }
    }

    /// The behaviour; what is mapped stays mapped when it changes.
    public var behavior: NATBehavior { didSet { nothingExpiresBefore = nil } }
    /// The external addresses.
    public let addresses: [IPv4Address]
    private var generator: SeededGenerator
    private var mappings: [Mapping] = []
    private var strays = StrayMemory()
    private var forwarded: [UInt16: UDPEndpoint] = [:]
    private var nextPort: UInt16
    private var nextAddress = 0
    /// Until when no mapping can expire, whatever happens; `nil` when that is not known.
    private var nothingExpiresBefore: ProtocolInstant?

    /// Makes a NAT with `behavior.addressCount` external addresses from `address` on.
    public init(behavior: NATBehavior, address: IPv4Address, generator: SeededGenerator) {
        self.behavior = behavior
        addresses = (0..<behavior.addressCount).map { IPv4Address(rawValue: address.rawValue + UInt32($0)) }
        self.generator = generator
        nextPort = UInt16.random(in: 1024...30_000, using: &self.generator)
    }

    /// Translates a datagram from inside to outside: the external source, making a mapping when there is none.
    public mutating func outbound(
        from inside: UDPEndpoint,
        to remote: UDPEndpoint,
        now: ProtocolInstant
    ) -> UDPEndpoint {
        expire(now: now)
        let index = mapping(of: inside, to: remote) ?? makeMapping(of: inside, to: remote, now: now)
        mappings[index].lastUse = now
        if let flow = mappings[index].flows.firstIndex(where: { $0.remote == remote }) {
            mappings[index].flows[flow].note(isAnswer: false, now: now)
            mappings[index].flows[flow].isFromInside = true
        } else {
            mappings[index].flows.append(Flow(remote: remote, begin: now, lastUse: now, isFromInside: true))
        }
        return mappings[index].outside
    }

    /// The mapping for a datagram from inside, if there is one whose external port may be used.
    private func mapping(of inside: UDPEndpoint, to remote: UDPEndpoint) -> Int? {
        let own = mappings.firstIndex { $0.inside == inside && $0.isDiverted && $0.remote == remote }
        if let own { return own }
        guard let usual = usualMapping(of: inside, to: remote),
            !strays.contains(remote, mappings[usual].outside)
        else { return nil }
        return usual
    }

    private func usualMapping(of inside: UDPEndpoint, to remote: UDPEndpoint) -> Int? {
        mappings.firstIndex {
            $0.inside == inside && !$0.isDiverted && matches(behavior.mapping, $0.remote, remote)
        }
    }

    private mutating func makeMapping(of inside: UDPEndpoint, to remote: UDPEndpoint, now: ProtocolInstant) -> Int {
        let usual = usualMapping(of: inside, to: remote).map { mappings[$0].outside }
        var outside = usual ?? allocate(for: inside, remote)
        let isDiverted = usual != nil || strays.contains(remote, outside)
        while isDiverted, !isFree(outside) || strays.contains(remote, outside) {
            outside = UDPEndpoint(outside.address, UInt16.random(in: 1024...65_535, using: &generator))
        }
        mappings.append(
            Mapping(
                inside: inside,
                outside: outside,
                remote: remote,
                isDiverted: isDiverted,
                flows: [],
                lastUse: now,
                begunAt: now
            )
        )
        return mappings.count - 1
    }

    private func isFree(_ outside: UDPEndpoint) -> Bool { !mappings.contains { $0.outside == outside } }

    /// Translates a datagram from outside: the internal destination, `nil` when the filter drops it.
    public mutating func inbound(
        from remote: UDPEndpoint,
        to outside: UDPEndpoint,
        now: ProtocolInstant
    ) -> UDPEndpoint? {
        expire(now: now)
        let isRemembered = strays.contains(remote, outside)
        if !isRemembered, let index = admittingMapping(from: remote, to: outside) {
            if now - mappings[index].begunAt > .seconds(2) { mappings[index].isAnswered = true }
            if behavior.refreshesOnInbound { mappings[index].lastUse = now }
            if let flow = mappings[index].flows.firstIndex(where: { $0.remote == remote }) {
                mappings[index].flows[flow].note(isAnswer: true, now: now)
            } else {
                mappings[index].flows.append(Flow(remote: remote, begin: now, lastUse: now, isFromInside: false))
            }
            return mappings[index].inside
        }
        if !isRemembered, outside.address == addresses.first, let inside = forwarded[outside.port] { return inside }
        if behavior.strayMemory != nil { strays.note(remote, outside, now: now) }
        return nil
    }

    /// The internal endpoint that an error from outside is for, about what left from `outside` to `remote`; `nil` when nothing did.
    public func inside(of outside: UDPEndpoint, to remote: UDPEndpoint) -> UDPEndpoint? {
        mappings.first { $0.outside == outside && $0.flows.contains { $0.remote == remote } }?.inside
    }

    /// The external endpoint at which `remote` knows `inside`, for an error about what came in from there; `nil` when it is not mapped.
    public func outside(of inside: UDPEndpoint, to remote: UDPEndpoint) -> UDPEndpoint? {
        mappings.first { $0.inside == inside && $0.flows.contains { $0.remote == remote } }?.outside
    }

    private func admittingMapping(from remote: UDPEndpoint, to outside: UDPEndpoint) -> Int? {
        mappings.firstIndex { mapping in
            let filtering = mapping.isDiverted ? .addressAndPortDependent : behavior.filtering
            return mapping.outside == outside
                && mapping.flows.contains { $0.isFromInside && matches(filtering, $0.remote, remote) }
        }
    }

    /// Forwards the external port of the same number to `inside`, for everybody; returns the external endpoint, or `nil`
    /// when the NAT does not do that.
    public mutating func forwardPort(to inside: UDPEndpoint) -> UDPEndpoint? {
        guard behavior.forwardsPorts, let address = addresses.first, forwarded[inside.port] ?? inside == inside else {
            return nil
        }
        forwarded[inside.port] = inside
        return UDPEndpoint(address, inside.port)
    }

    /// Takes back what ``forwardPort(to:)`` did for `inside`.
    public mutating func withdrawPort(of inside: UDPEndpoint) {
        if forwarded[inside.port] == inside { forwarded[inside.port] = nil }
    }

    /// Forgets every mapping, as a router does that restarts.
    public mutating func rebind() {
        mappings = []
        strays.removeAll()
        nextPort &+= 1000
    }

    /// The number of live mappings.
    public var mappingCount: Int { mappings.count }

    private func matches(_ dependence: NATBehavior.Dependence, _ known: UDPEndpoint, _ remote: UDPEndpoint) -> Bool {
        switch dependence {
        case .endpointIndependent: true
        case .addressDependent: known.address == remote.address
        case .addressAndPortDependent: known == remote
        }
    }

    private mutating func expire(now: ProtocolInstant) {
        if let nothingExpiresBefore, now < nothingExpiresBefore { return }
        mappings.removeAll { mapping in
            let lifetime = mapping.isAnswered ? nil : behavior.unansweredLifetime
            return now - mapping.lastUse > lifetime ?? behavior.lifetime
        }
        guard let memory = behavior.strayMemory else {
            let shortest = min(behavior.lifetime, behavior.unansweredLifetime ?? behavior.lifetime)
            nothingExpiresBefore = (mappings.map(\.lastUse).min() ?? now) + shortest
            return
        }
        strays.expire(memory, now: now)
        // Such a box is a Linux host, which forgets each flow by itself, soon when it was short.
        let lifetime = behavior.lifetime
        mappings.removeAll { mapping in
            mapping.isDiverted && mapping.flows.allSatisfy { now - $0.lastUse > ($0.isStream ? lifetime : memory) }
        }
        guard behavior.filtering == .addressAndPortDependent else { return }
        for index in mappings.indices {
            mappings[index].flows.removeAll { now - $0.lastUse > ($0.isStream ? lifetime : memory) }
        }
    }

    private mutating func allocate(for inside: UDPEndpoint, _ remote: UDPEndpoint) -> UDPEndpoint {
        let address = addresses[nextAddress % addresses.count]
        nextAddress += 1
        let isForwarded = forwarded[inside.port] == inside
        let isPortFree = isFree(UDPEndpoint(address, inside.port))
        var port: UInt16 =
            switch behavior.portAssignment {
            case _ where isForwarded && isPortFree: inside.port
            case .preserving: inside.port
            case .sequential: followingPort()
            case .random: UInt16.random(in: 1024...65_535, using: &generator)
            }
        while !isFree(UDPEndpoint(address, port)) { port = followingPort() }
        return UDPEndpoint(address, port)
    }

    private mutating func followingPort() -> UInt16 {
        nextPort = nextPort >= 60_000 ? 1024 : nextPort + 1
        return nextPort
    }
}
