public import TeredoWire

/// A Teredo server (RFC 4380 section 5.3): stateless but for its rate limits.
///
/// One function from datagram to verdict; the answer is built in the caller's buffer, and nothing is allocated for a
/// datagram without authentication value.
public struct TeredoServer: Sendable {
    let configuration: ServerConfiguration
    let authenticator: any MessageAuthenticator
    let linkLocal: IPv6Address
    /// Own addresses, never a source or a destination (SEC-50).
    let ownAddresses: [IPv4Address]
    let filter: GlobalUnicastFilter
    let secrets: [[UInt8]: SharedSecret]
    var limiters: ServerLimiters
    /// Lets relays show that they receive (docs/trailers.md); good for 10 to 20 minutes, over a change of settings.
    var proof: EndpointCookie

    /// What was received, sent and dropped.
    public internal(set) var counters = TrafficCounters()

    /// Makes a server; fails when its addresses cannot serve (RFC 4380 section 5.3).
    public init(
        configuration: ServerConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable,
        now: ProtocolInstant
    ) throws(ServerConfigurationError) {
        let addresses = [configuration.primary, configuration.secondary].compactMap(\.self)
        for address in addresses
        where !configuration.filter.isGlobalUnicast(address) {
            throw .notGlobalUnicast(address)
        }
        guard configuration.primary != configuration.secondary else { throw .sameAddresses(configuration.primary) }
        guard !configuration.requiresSecureQualification || !configuration.secrets.isEmpty else { throw .noSecrets }
        var generator = generator
        self.configuration = configuration
        self.authenticator = authenticator
        linkLocal = TeredoLinkLocal.server(configuration.primary)
        ownAddresses = addresses + configuration.otherOwnAddresses
        var filter = configuration.filter
        filter.ownAddresses += ownAddresses
        self.filter = filter
        secrets = Dictionary(configuration.secrets.map { ($0.clientIdentifier, $0) }) { first, _ in first }
        limiters = ServerLimiters(configuration.limits, using: &generator, now: now)
        proof = EndpointCookie(
            PurposeKeys(.proof, authenticator: authenticator, using: &generator),
            lifetime: .seconds(600)
        )
        if let fleet = configuration.fleet { proof.adopt(fleet) }
    }

    /// Decides about a datagram; an answer is appended to `output`, which has room for 65,575 octets.
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        counters.recordReceived(octets: bytes.count)
        let verdict = decide(bytes, from: source, on: socket, now: now, into: &output)
        record(verdict)
        return verdict
    }

    /// Decides about a datagram of the relay in the same process, which owns `relay`, to a client of this server
    /// (docs/gateway.md): as from the network, but for the rules that an own address breaks (S3, S4).
    ///
    /// The answer is built as by ``handleDatagram(_:from:on:now:into:)``.
    public mutating func handleRelayDatagram(
        _ bytes: Span<UInt8>,
        from relay: UDPEndpoint,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        counters.recordReceived(octets: bytes.count)
        let verdict = decideForRelay(bytes, from: relay, now: now, into: &output)
        record(verdict)
        return verdict
    }

    private mutating func record(_ verdict: ServerVerdict) {
        switch verdict {
        case .reply(_, _, let count):
            counters.recordSent(octets: count)
        case .forwardNative:
            counters.packetsDelivered &+= 1
        case .drop(let reason):
            counters.drops.record(reason)
        }
    }

    private mutating func decideForRelay(
        _ bytes: Span<UInt8>,
        from relay: UDPEndpoint,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return .drop(.malformed) }
        guard datagram.isPlain else { return .drop(.unexpectedIndication) }
        guard datagram.header.isBubble else { return .drop(.unsupportedNextHeader) }
        counters.bubblesReceived &+= 1
        // S7c.
        guard !datagram.header.source.isTeredo, passesSourceRule(datagram.header, from: relay) else {
            return .drop(.sourceRefused)
        }
        return forward(datagram, in: bytes, from: relay, now: now, into: &output)
    }

    /// S1 to S7d in order, then the dispatch of D1 to D8.
    private mutating func decide(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on socket: ServerSocket,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> ServerVerdict {
        // S1, V1.
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return .drop(.malformed) }
        let header = datagram.header
        // S2, V5: extension headers before 58 and 59 fail here too.
        guard header.isBubble || header.nextHeader == IPv6Header.NextHeader.icmpv6 && header.payloadLength > 0 else {
            return .drop(.unsupportedNextHeader)
        }
        // V2, S3, V3.
        // An unspecified source counts as one that is not global.
        guard source.isValidSource || source.address == .unspecified && source.port != 0 else {
            return .drop(.invalidIPv4Source)
        }
        guard !configuration.denied.contains(source.address) else { return .drop(.denied) }
        // S4, SEC-50: before the filter, so that the reason tells the loop.
        guard !ownAddresses.contains(source.address) else { return .drop(.ownIPv4Source) }
        guard filter.isGlobalUnicast(source.address) else { return .drop(.nonGlobalIPv4Source) }
        // S5, SEC-51: only servers emit origin indications.
        guard datagram.origin == nil else { return .drop(.unexpectedIndication) }
        if header.isBubble { counters.bubblesReceived &+= 1 }
        let packet = bytes.extracting(datagram.packet)
        let isSolicitation = header.icmpv6Type(in: packet) == ICMPv6.routerSolicitation
        // S6: authentication on solicitations only.
        guard datagram.authentication == nil || isSolicitation else { return .drop(.unexpectedIndication) }
        // V7, SEC-46: a copy of the server's own packet comes back from an echo service.
        guard header.source != linkLocal else { return .drop(.invalidSource) }
        if isSolicitation {
            return handleSolicitation(datagram, in: bytes, from: source, on: socket, now: now, into: &output)
        }
        let sender = sender(of: datagram, in: bytes, from: source, now: now)
        guard limiters.admit(sender, at: source, now: now) else {
            return refuse(datagram, of: sender, from: source, on: socket, now: now, into: &output)
        }
        if header.destination == linkLocal, header.isBubble {
            return handleTransitQuery(datagram, in: bytes, from: source, on: socket, now: now, into: &output)
        }
        if header.destination == linkLocal {
            return handleEcho(packet, from: source, on: socket, now: now, into: &output)
        }
        guard header.destination.isGlobalScope else { return .drop(.unforwardableDestination) }
        guard passesSourceRule(header, from: source) else { return .drop(.sourceRefused) }
        return forward(datagram, in: bytes, from: source, now: now, into: &output)
    }

    /// S7b, S7b-t and S7c; everything else is S7d.
    func passesSourceRule(_ header: IPv6Header, from source: UDPEndpoint) -> Bool {
        let isOwnClient = TeredoAddress(header.destination)?.server == configuration.primary
        guard let sender = TeredoAddress(header.source) else {
            // S7c: relays and native hosts, and bubbles with a link-local source, reach own clients only.
            return isOwnClient && header.source.isValidSource
        }
        // S7b: whoever serves the sender.
        if sender.mappedEndpoint == source { return true }
        // S7b-t: bubbles of clients behind port-symmetric NATs, when the operator allows it.
        return configuration.toleratesPortMismatch && sender.mappedEndpoint.address == source.address
            && header.isBubble && isOwnClient
    }
}
