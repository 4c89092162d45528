import TeredoWire

/// What a datagram tells of who is who.
extension PartyBook {
    /// Whether an address is of a network behind a NAT.
    static func isInside(_ address: IPv4Address) -> Bool {
        !address.isMulticast && !GlobalUnicastFilter().isGlobalUnicast(address)
    }

    /// Whether `endpoint` is the port of a server: one that was seen to be one, or that an address inside names.
    func isServer(_ endpoint: UDPEndpoint, of reading: TeredoReading) -> Bool {
        guard endpoint.port == TeredoConstants.udpPort else { return false }
        return role(of: endpoint) == .server || endpoint.address == reading.teredoDestination?.server
            || endpoint.address == reading.teredoSource?.server
    }

    /// Learns from a datagram that is Teredo.
    mutating func learn(_ reading: TeredoReading, from source: UDPEndpoint, to destination: UDPEndpoint) {
        if destination.address.isMulticast { note(.link, at: destination) }
        if reading.looksLikeSolicitation {
            if !destination.address.isMulticast { noteServer(at: destination) }
            noteClient(at: source, address: nil)
            return
        }
        if reading.looksLikeAdvertisement { return learnAdvertisement(reading, from: source, to: destination) }
        for endpoint in [source, destination] where isServer(endpoint, of: reading) { noteServer(at: endpoint) }
        learnTransit(reading, from: source, to: destination)
        learnSource(reading, at: source)
        learnDestination(reading, at: destination)
    }

    private mutating func learnAdvertisement(
        _ reading: TeredoReading,
        from source: UDPEndpoint,
        to destination: UDPEndpoint
    ) {
        noteServer(at: source)
        if let advertisement = try? RouterAdvertisement(validating: reading.packet.span) {
            join(server: source.address, to: advertisement.server)
        }
        guard let client = noteClient(at: destination, address: nil), let origin = reading.origin else { return }
        add(origin, to: client)
    }

    private mutating func learnTransit(
        _ reading: TeredoReading,
        from source: UDPEndpoint,
        to destination: UDPEndpoint
    ) {
        guard let message = reading.trailerList.transit else { return }
        switch message.kind {
        case .challenge, .ready, .closed: if role(of: source) == .unknown { note(.relay, at: source) }
        case .open: if role(of: destination) == .unknown { note(.relay, at: destination) }
        case .announcement: if role(of: message.endpoint) == .unknown { note(.relay, at: message.endpoint) }
        case .mark, .markReceived, .invitation, .query: break
        }
    }

    private mutating func learnSource(_ reading: TeredoReading, at source: UDPEndpoint) {
        let isFromServer = role(of: source) == .server
        if let teredo = reading.teredoSource {
            if isFromServer {
                if let origin = reading.origin { noteClient(at: origin, address: reading.header.source) }
            } else if source == teredo.mappedEndpoint || Self.isInside(source.address) {
                noteClient(at: source, address: reading.header.source)
            } else if reading.trailerList.nonce != nil, role(of: source) == .unknown {
                // Behind a symmetric NAT: another endpoint than the one in the address.
                noteClient(at: source, address: reading.header.source)
            }
        } else if let sender = reading.trailerList.sender, sender.isTeredo {
            noteClient(at: reading.origin ?? source, address: sender)
        } else if isFromServer {
            if let origin = reading.origin { note(.relay, at: origin) }
        } else if reading.header.source.isGlobalScope {
            note(.relay, at: source)
        }
    }

    private mutating func learnDestination(_ reading: TeredoReading, at destination: UDPEndpoint) {
        guard !destination.address.isMulticast, role(of: destination) != .server else { return }
        if let teredo = reading.teredoDestination {
            if destination == teredo.mappedEndpoint || Self.isInside(destination.address) {
                noteClient(at: destination, address: reading.header.destination, isOwn: false)
            }
        } else if reading.header.destination.isGlobalScope {
            note(.relay, at: destination)
        }
    }

    /// How sure it is that a well-formed payload is Teredo; `nil` when nothing says so.
    func sureness(of reading: TeredoReading, from source: UDPEndpoint, to destination: UDPEndpoint) -> Sureness? {
        if reading.looksLikeSolicitation || reading.looksLikeAdvertisement {
            return reading.hasWrongChecksum ? .likely : .certain
        }
        let teredo = [reading.teredoSource, reading.teredoDestination].compactMap(\.self)
        let ends = [source, destination]
        if teredo.contains(where: { ends.contains($0.mappedEndpoint) }) { return .certain }
        let servers = ends.filter { $0.port == TeredoConstants.udpPort }.map(\.address)
        if teredo.contains(where: { servers.contains($0.server) }) { return .certain }
        let known = ends.contains { role(of: $0) != .unknown }
        if reading.header.isBubble, destination.address == .teredoDiscovery, !teredo.isEmpty { return .certain }
        if !teredo.isEmpty { return known ? .certain : .likely }
        return known ? .likely : nil
    }
}
