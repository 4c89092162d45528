import TeredoProtocol
import TeredoTestSupport
import TeredoWire

/// Clients behind other NATs, bubbles with trailers, and the bubbles that a client sent.
extension ClientHarness {
    /// The endpoints that primary and secondary server address see.
    struct Mapping {
        let primary: UDPEndpoint
        let secondary: UDPEndpoint

        init(_ primary: UInt16, _ secondary: UInt16, address: IPv4Address = ClientHarness.mapped.address) {
            self.primary = UDPEndpoint(address, primary)
            self.secondary = UDPEndpoint(address, secondary)
        }

        /// A NAT that keeps its mapping.
        static let constant = Mapping(4096, 4096)
        /// A symmetric NAT that keeps the port of the service port, 4096.
        static let preserving = Mapping(4096, 61_000)
        /// A symmetric NAT that counts its ports up.
        static let sequential = Mapping(5000, 5001)
        /// A symmetric NAT with ports that nobody can guess.
        static let random = Mapping(5000, 61_000)
    }

    /// A qualified client behind a NAT, without keyed bubbles, so that every indirect bubble is one of RFC 6081.
    static func behind(
        _ mapping: Mapping,
        seed: UInt64 = 1,
        forwarding: UDPEndpoint? = nil,
        _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) -> Self {
        var harness = Self(seed: seed) { configuration in
            configuration.usesKeyedBubbles = false
            change(&configuration)
        }
        harness.client.setPortMapping(forwarding, now: harness.now)
        harness.start()
        harness.answer(mapped: mapping.primary)
        if harness.solicitations.last?.to.address == secondary { harness.answer(mapped: mapping.secondary) }
        harness.forget()
        return harness
    }

    /// Lets time pass like ``advance(_:)`` while the server answers every solicitation of the service port.
    mutating func live(_ duration: Duration, _ mapping: Mapping) {
        let end = now + duration
        while now < end {
            let start = sent.count
            advance(min(.milliseconds(500), end - now))
            for solicitation in sent.dropFirst(start) where solicitation.isSolicitation {
                guard solicitation.port == .service else { continue }
                let isPrimary = solicitation.to.address == Self.primary
                let endpoint = isPrimary ? mapping.primary : mapping.secondary
                receive(Advertisement(answering: solicitation, mapped: endpoint).bytes, from: solicitation.to)
            }
        }
    }

    var direct: [Sent] { bubbles.filter { !$0.isIndirect } }
    var indirect: [Sent] { bubbles.filter(\.isIndirect) }
    var openedSlots: [UInt8] {
        events.compactMap { if case .randomPortNeeded(let slot) = $0 { slot } else { nil } }
    }
    var closedSlots: [UInt8] {
        events.compactMap { if case .randomPortDone(let slot) = $0 { slot } else { nil } }
    }
    /// The nonce of the last indirect bubble.
    var lastNonce: UInt32 { indirect.last?.trailers.nonce ?? 0 }

    static func bubble(
        from source: IPv6Address,
        to destination: IPv6Address,
        origin: UDPEndpoint? = nil,
        _ trailers: [Trailer] = []
    ) -> [UInt8] {
        let list = TrailerList(trailers)
        return Packets.bubble(from: source, to: destination, origin: origin) + encoded { list.encode(into: &$0) }
    }

    /// A bubble of the peer through the client's own server.
    @discardableResult
    mutating func receiveIndirect(
        _ peer: TeredoAddress,
        _ trailers: [Trailer] = [],
        origin: UDPEndpoint? = nil
    ) -> ReceptionVerdict {
        let bytes = Self.bubble(from: peer.ipv6, to: own, origin: origin ?? peer.mappedEndpoint, trailers)
        return receive(bytes, from: server)
    }

    /// A direct bubble of the peer, from the endpoint in its address unless told.
    @discardableResult
    mutating func receiveDirect(
        _ peer: TeredoAddress,
        _ trailers: [Trailer] = [],
        from source: UDPEndpoint? = nil,
        on port: LocalPort = .service
    ) -> ReceptionVerdict {
        receive(
            Self.bubble(from: peer.ipv6, to: own, trailers),
            from: source ?? peer.mappedEndpoint,
            on: port
        )
    }

    /// Data of the peer.
    @discardableResult
    mutating func receiveData(
        _ peer: TeredoAddress,
        from source: UDPEndpoint,
        on port: LocalPort = .service
    ) -> ReceptionVerdict {
        receive(Packets.udp(from: peer.ipv6, to: own), from: source, on: port)
    }

    /// Sends data to the peer.
    @discardableResult
    mutating func transmit(to peer: TeredoAddress, marker: UInt8 = 0) -> TransmissionVerdict {
        transmit(Packets.udp(from: own, to: peer.ipv6, marker: marker))
    }

    /// Begins a contact with the peer and completes it with the nonce at an endpoint that is not in its address.
    mutating func meet(_ peer: TeredoAddress, at source: UDPEndpoint, on port: LocalPort = .service) {
        transmit(to: peer)
        receiveDirect(peer, [.nonce(lastNonce)], from: source, on: port)
    }
}

extension ClientHarness.Sent {
    var trailers: TrailerList {
        guard let datagram else { return TrailerList() }
        return (try? TrailerList(parsing: Array(bytes[datagram.trailers]))) ?? TrailerList()
    }

    /// Whether it goes to the server in the address of the peer.
    var isIndirect: Bool {
        guard let datagram, to.port == TeredoConstants.udpPort else { return false }
        return TeredoAddress(datagram.header.destination)?.server == to.address
    }
}
