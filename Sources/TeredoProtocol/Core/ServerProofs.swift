public import TeredoWire

/// What servers gave to a relay to show, with its bubbles, that it receives (docs/trailers.md).
///
/// Stands between a relay's machine and its service port: the machine decides when a bubble goes to a server, and this what
/// goes with it. Memory is bounded however many servers packets name.
public struct ServerProofs: Sendable {
    private struct Server: Sendable {
        var lastBubble: ProtocolInstant
        var proof: UInt64?
    }

    private var servers: [IPv4Address: Server] = [:]
    /// Servers that gave nothing, which are forgotten first come, first gone: those in the addresses of a flood are.
    private var asked = Ring()
    /// Servers that gave something, which only others that did push out.
    private var known = Ring()

    /// No server has given anything yet.
    public init() {}

    /// The bubble to send instead of `datagram`, with what its server gave; `nil` when that is the datagram itself.
    public mutating func returningProof(
        with datagram: Span<UInt8>,
        to destination: UDPEndpoint,
        now: ProtocolInstant
    ) -> [UInt8]? {
        guard destination.port == TeredoConstants.udpPort, datagram.count == TeredoBubble.length else { return nil }
        guard let proof = servers[destination.address]?.proof else {
            note(destination.address, now: now)
            return nil
        }
        servers[destination.address]?.lastBubble = now
        return [UInt8](capacity: datagram.count + Trailer.sourceProofLength) { output in
            output.append(copying: datagram)
            Trailer.sourceProof(proof).encode(into: &output)
        }
    }

    /// Takes what a server gives; `false` for any other datagram, which is for the machine.
    ///
    /// Only a server that a bubble went to within the last 10 s is listened to. A wrong proof does no harm beyond that the
    /// server's limit for strangers holds until the right one comes.
    public mutating func handle(_ datagram: Span<UInt8>, from source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        guard source.port == TeredoConstants.udpPort,
            datagram.count == TeredoBubble.length + Trailer.sourceProofLength,
            let message = try? TeredoDatagram(validating: datagram), message.isPlain, message.header.isBubble,
            message.header.source == TeredoLinkLocal.server(source.address),
            let proof = (try? TrailerList(parsing: datagram.extracting(message.trailers)))?.sourceProof
        else { return false }
        if let server = servers[source.address], now - server.lastBubble <= Self.patience {
            if server.proof == nil, let forgotten = known.append(source.address) { servers[forgotten] = nil }
            servers[source.address]?.proof = proof
        }
        return true
    }

    private mutating func note(_ address: IPv4Address, now: ProtocolInstant) {
        if servers.updateValue(Server(lastBubble: now, proof: nil), forKey: address) != nil { return }
        guard let forgotten = asked.append(address), servers[forgotten]?.proof == nil else { return }
        servers[forgotten] = nil
    }

    /// The last so many addresses.
    private struct Ring {
        private var addresses: [IPv4Address] = []
        private var next = 0

        /// Remembers an address; returns the one that is remembered no more.
        mutating func append(_ address: IPv4Address) -> IPv4Address? {
            guard addresses.count == Self.capacity else {
                addresses.append(address)
                return nil
            }
            defer {
                addresses[next] = address
                next = (next + 1) % Self.capacity
            }
            return addresses[next]
        }

        private static let capacity = 256
    }

    private static let patience = Duration.seconds(10)
}
