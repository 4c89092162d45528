import TeredoWire

/// What each attack is.
extension AttackerNode {
    /// Does one thing of the kind, when there is somebody to do it to.
    func carryOut(_ attack: Attack, in network: SimulatedNetwork) {
        let view = view()
        guard let victim = view.clients.randomElement(using: &generator),
            let server = view.servers.randomElement(using: &generator),
            let relay = view.relays.randomElement(using: &generator),
            let native = view.natives.randomElement(using: &generator)
        else { return }
        let ofServer = UDPEndpoint(server, TeredoConstants.udpPort)
        switch attack {
        case .forgedAdvertisements:
            let nonce = number(below: 4) == 0 ? nil : generator.next()
            send(
                HostilePackets.advertisement(server: server, origin: anywhere(), nonce: nonce, mtu: 1280),
                from: spoofed(ofServer),
                to: victim.mappedEndpoint,
                in: network
            )
        case .forgedBubbles: forgeBubble(victim, ofServer, relay, view, in: network)
        case .forgedData: forgeData(victim, relay, native, view, in: network)
        case .forgedEchoReplies:
            let nonce = (0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let reply = HostilePackets.echoReply(from: native, to: victim.ipv6, nonce)
            send(reply, from: spoofed(relay), to: victim.mappedEndpoint, in: network)
        case .forbiddenServers:
            let own = ownAddress(server: HostileView.forbidden[number(below: HostileView.forbidden.count)])
            let bubble = HostilePackets.bubble(
                from: own.ipv6,
                to: victim.ipv6,
                [.nonce(UInt32(1 + number(below: 1 << 30)))]
            )
            send(bubble, from: endpoint, to: UDPEndpoint(victim.server, TeredoConstants.udpPort), in: network)
            let data = data(from: own.ipv6, to: native)
            send(data, from: endpoint, to: relay, in: network)
        case .lyingTrailers: lie(victim, relay, view, in: network)
        case .replay:
            guard let copy, network.now - copy.time > Self.replayAge, let source = source(of: copy) else { return }
            send(copy.payload, from: source, to: copy.destination, in: network)
        case .mutation:
            guard let copy, let changed = changed(copy.payload), let source = source(of: copy) else { return }
            send(changed, from: source, to: copy.destination, in: network)
        case .flood: flood(victim, relay, in: network)
        case .scan: scan(victim, native, in: network)
        case .neighborDiscovery:
            let type = ICMPv6.routerSolicitation + UInt8(number(below: 5))
            let headers: [[UInt8]] = [[], [0], [60], [43], [0, 60], [0, 43]]
            let own = ownAddress(server: server).ipv6
            send(
                HostilePackets.neighborDiscovery(
                    type,
                    from: own,
                    to: victim.ipv6,
                    behind: headers[number(below: headers.count)]
                ),
                from: endpoint,
                to: victim.mappedEndpoint,
                in: network
            )
        case .echo:
            send(
                HostilePackets.bubble(from: ownAddress(server: server).ipv6, to: victim.ipv6),
                from: endpoint,
                to: UDPEndpoint(victim.server, TeredoConstants.udpPort),
                in: network
            )
        case .forgedErrors:
            let kinds: [ICMPv4Error.Kind] = [.hostUnreachable, .portUnreachable]
            let error = SimulatedError(
                kind: kinds[number(below: 2)],
                reporter: endpoint.address,
                source: victim.mappedEndpoint,
                destination: number(below: 2) == 0 ? ofServer : relay,
                quoted: Array(HostilePackets.bubble(from: victim.ipv6, to: native).prefix(28))
            )
            send(error, in: network)
        }
    }

    private func data(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        HostilePackets.data(from: source, to: destination, number: count << 4 | index & 15)
    }

    /// Younger copies could still prove something to somebody, as what an attacker on the path sees can (SEC-08).
    private static let replayAge = Duration.seconds(60)

    /// From where a copy is sent once more: what proves to a receiver where its sender is (a nonce, a keyed destination) only from
    /// there, as nobody can tell who copies it on the path from who sent it (docs/security.md).
    private func source(of copy: SentDatagram) -> UDPEndpoint? {
        let source = spoofed(copy.source)
        guard source != copy.source, let datagram = try? TeredoDatagram(validating: copy.payload.span) else {
            return source
        }
        return datagram.header.isBubble || datagram.header.icmpv6Type(in: copy.payload.span) != nil ? nil : source
    }

    /// An endpoint to which others are to send.
    private func anywhere() -> UDPEndpoint {
        let address =
            number(below: 3) == 0
            ? HostileView.forbidden[number(below: HostileView.forbidden.count)] : HostileView.bystander
        return UDPEndpoint(address, UInt16(number(below: 65_536)))
    }

    private func forgeBubble(
        _ victim: TeredoAddress,
        _ server: UDPEndpoint,
        _ relay: UDPEndpoint,
        _ view: HostileView,
        in network: SimulatedNetwork
    ) {
        let other = view.clients[number(below: view.clients.count)]
        let keyed = TeredoLinkLocal.keyed(identifier: generator.next())
        let sources = [other.ipv6, keyed, ownAddress(server: server.address).ipv6, elsewhere(server.address).ipv6]
        let source = sources[number(below: sources.count)]
        switch number(below: 3) {
        case 0:
            let bubble = HostilePackets.bubble(from: source, to: victim.ipv6, origin: anywhere())
            send(bubble, from: spoofed(server), to: victim.mappedEndpoint, in: network)
        case 1:
            let bubble = HostilePackets.bubble(
                from: source,
                to: victim.ipv6,
                [.nonce(UInt32(1 + number(below: 1 << 30)))]
            )
            send(bubble, from: spoofed(other.mappedEndpoint), to: victim.mappedEndpoint, in: network)
        default:
            let bubble = HostilePackets.bubble(from: source, to: view.natives[number(below: view.natives.count)])
            send(bubble, from: spoofed(other.mappedEndpoint), to: relay, in: network)
        }
    }

    /// The Teredo address of a client that would be where nobody asked for Teredo.
    private func elsewhere(_ server: IPv4Address) -> TeredoAddress {
        TeredoAddress(server: server, flags: .random(coneBit: false, using: &generator), mappedEndpoint: anywhere())
    }

    private func forgeData(
        _ victim: TeredoAddress,
        _ relay: UDPEndpoint,
        _ native: IPv6Address,
        _ view: HostileView,
        in network: SimulatedNetwork
    ) {
        let other = view.clients[number(below: view.clients.count)]
        switch number(below: 4) {
        case 0:
            let data = data(from: other.ipv6, to: victim.ipv6)
            send(data, from: spoofed(other.mappedEndpoint), to: victim.mappedEndpoint, in: network)
        case 1:
            let data = data(from: native, to: victim.ipv6)
            send(data, from: spoofed(relay), to: victim.mappedEndpoint, in: network)
        case 2:
            let data = data(from: ownAddress(server: victim.server).ipv6, to: victim.ipv6)
            send(data, from: endpoint, to: victim.mappedEndpoint, in: network)
        default:
            let data = data(from: other.ipv6, to: native)
            send(data, from: spoofed(other.mappedEndpoint), to: relay, in: network)
        }
    }

    private func lie(_ victim: TeredoAddress, _ relay: UDPEndpoint, _ view: HostileView, in network: SimulatedNetwork) {
        let kinds: [TransitMessage.Kind] = [
            .open, .challenge, .ready, .closed, .mark, .markReceived, .invitation, .query, .announcement,
        ]
        let lies: [[Trailer]] = [
            [.nonce(UInt32(1 + number(below: 1 << 30))), .alternateAddresses((0..<4).map { _ in anywhere() })],
            [.nonce(7), .randomPort(UInt16(number(below: 65_536)))],
            [.sender(view.clients[number(below: view.clients.count)].ipv6)],
            [
                .transit(
                    TransitMessage(kinds[number(below: kinds.count)], nonce: generator.next(), value: generator.next())
                )
            ],
            [.transit(TransitMessage(announcing: anywhere(), nonce: generator.next()))],
            [.sourceProof(generator.next())],
            [
                .relaySiblings(
                    RelaySiblings(
                        answering: RelaySiblings(asking: generator.next()),
                        with: (0..<8).map { _ in anywhere() }
                    )
                )
            ],
            [.neighborDiscovery(number(below: 2) == 0 ? .solicitation : .advertisement)],
            [.opaque(type: UInt8(number(below: 256)), value: [UInt8](repeating: 0xFF, count: number(below: 40)))],
        ]
        let own = ownAddress(server: victim.server).ipv6
        let bubble = HostilePackets.bubble(from: own, to: victim.ipv6, lies[number(below: lies.count)])
        let places = [victim.mappedEndpoint, UDPEndpoint(victim.server, TeredoConstants.udpPort), relay]
        send(bubble, from: endpoint, to: places[number(below: 3)], in: network)
    }

    /// Copies with one to four octets changed; of what carries no data of a host, which nobody protects.
    private func changed(_ payload: [UInt8]) -> [UInt8]? {
        guard payload.count > 8, payload[0] == 0 || [IPv6Header.NextHeader.icmpv6, 59].contains(payload[6]) else {
            return nil
        }
        var payload = payload
        for _ in 0...number(below: 4) { payload[number(below: payload.count)] = UInt8(number(below: 256)) }
        return payload
    }

    private func flood(_ victim: TeredoAddress, _ relay: UDPEndpoint, in network: SimulatedNetwork) {
        let target = number(below: 3) == 0 ? relay : victim.mappedEndpoint
        for _ in 0..<32 {
            let source = UDPEndpoint(
                IPv4Address(rawValue: 0x0B00_0000 + UInt32(number(below: 1 << 24))),
                UInt16(1 + number(below: 65_535))
            )
            let peer = TeredoAddress(
                server: victim.server,
                flags: .random(coneBit: false, using: &generator),
                mappedEndpoint: canSpoof ? source : endpoint
            )
            let bubble = HostilePackets.bubble(from: peer.ipv6, to: victim.ipv6)
            send(bubble, from: canSpoof ? source : endpoint, to: target, in: network)
        }
    }

    private func scan(_ victim: TeredoAddress, _ native: IPv6Address, in network: SimulatedNetwork) {
        guard number(below: 2) == 0 else {
            let port = UInt16(number(below: 65_536))
            let place = UDPEndpoint(victim.mappedEndpoint.address, port)
            let data = data(from: ownAddress(server: victim.server).ipv6, to: victim.ipv6)
            return send(data, from: endpoint, to: place, in: network)
        }
        // The IPv6 side lets any source pass; the own native address is that of no node, so that answers end nowhere.
        let source = IPv6Address(high: native.high, low: 0xBAD)
        send(packet: data(from: source, to: elsewhere(victim.server).ipv6), in: network)
    }
}
