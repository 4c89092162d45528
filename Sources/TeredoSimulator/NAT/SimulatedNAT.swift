import TeredoProtocol
public import TeredoWire

/// The translation table of a NAT; time is an argument.
public struct SimulatedNAT: Sendable {
    private struct Mapping: Sendable {
        let inside: UDPEndpoint
        let outside: UDPEndpoint
        /// The remote endpoint that the mapping was made for.
        let remote: UDPEndpoint
        /// The remote endpoints that were sent to.
        var contacted: [UDPEndpoint]
        var lastUse: ProtocolInstant
    }

    /// The behaviour; what is mapped stays mapped when it changes.
    public var behavior: NATBehavior
    /// The external addresses.
    public let addresses: [IPv4Address]
    private var generator: SeededGenerator
    private var mappings: [Mapping] = []
    private var forwarded: [UInt16: UDPEndpoint] = [:]
    private var nextPort: UInt16
    private var nextAddress = 0

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
        let index = mappings.firstIndex { $0.inside == inside && matches(behavior.mapping, $0.remote, remote) }
        guard let index else {
            let outside = allocate(for: inside, remote)
            mappings.append(
                Mapping(inside: inside, outside: outside, remote: remote, contacted: [remote], lastUse: now)
            )
            return outside
        }
        mappings[index].lastUse = now
        if !mappings[index].contacted.contains(remote) { mappings[index].contacted.append(remote) }
        return mappings[index].outside
    }

    /// Translates a datagram from outside: the internal destination, `nil` when the filter drops it.
    public mutating func inbound(
        from remote: UDPEndpoint,
        to outside: UDPEndpoint,
        now: ProtocolInstant
    ) -> UDPEndpoint? {
        expire(now: now)
        for index in mappings.indices where mappings[index].outside == outside {
            guard mappings[index].contacted.contains(where: { matches(behavior.filtering, $0, remote) }) else {
                continue
            }
            if behavior.refreshesOnInbound { mappings[index].lastUse = now }
            return mappings[index].inside
        }
        if outside.address == addresses.first { return forwarded[outside.port] }
        return nil
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

    /// Forgets every mapping, as a router does that restarts.
    public mutating func rebind() {
        mappings = []
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
        mappings.removeAll { now - $0.lastUse > behavior.lifetime }
    }

    private mutating func allocate(for inside: UDPEndpoint, _ remote: UDPEndpoint) -> UDPEndpoint {
        let address = addresses[nextAddress % addresses.count]
        nextAddress += 1
        let isForwarded = forwarded[inside.port] == inside
        let isFree = !mappings.contains { $0.outside == UDPEndpoint(address, inside.port) }
        var port: UInt16 =
            switch behavior.portAssignment {
            case _ where isForwarded && isFree: inside.port
            case .preserving: inside.port
            case .sequential: followingPort()
            case .random: UInt16.random(in: 1024...65_535, using: &generator)
            }
        while mappings.contains(where: { $0.outside == UDPEndpoint(address, port) }) { port = followingPort() }
        return UDPEndpoint(address, port)
    }

    private mutating func followingPort() -> UInt16 {
        nextPort = nextPort >= 60_000 ? 1024 : nextPort + 1
        return nextPort
    }
}
