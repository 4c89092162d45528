import TeredoWire

/// The parts of a datagram in words.
extension TeredoReading {
    /// What the packet is, from its octets and where it goes.
    ///
    /// `isToServer` tells whether the destination is a Teredo server's port.
    func kind(to destination: UDPEndpoint, isToServer: Bool) -> MessageKind {
        if looksLikeSolicitation { return .routerSolicitation }
        if looksLikeAdvertisement { return .routerAdvertisement }
        if header.isBubble {
            if destination.address.isMulticast { return .discoveryBubble }
            if trailerList.transit != nil { return .transitMessage }
            return origin != nil || isToServer ? .indirectBubble : .directBubble
        }
        if upperLayer.part == .later { return .data }
        guard let type = icmpv6?.type else { return .data }
        switch type {
        case ICMPv6.echoRequest:
            return isToServer && teredoSource != nil && !header.destination.isTeredo ? .connectivityTest : .echoRequest
        case ICMPv6.echoReply: return .echoReply
        case _ where ICMPv6.isNeighborDiscovery(type): return .neighborDiscovery
        case _ where ICMPv6.isError(type): return .icmpv6Error
        default: return .icmpv6
        }
    }

    /// What it is, without its elements and trailers.
    func headline(_ kind: MessageKind) -> String {
        switch kind {
        case .routerSolicitation: kind.words + (TeredoLinkLocal.coneBit(of: header.source) ? ", cone" : "")
        case .transitMessage: trailerList.transit.map { "transit \($0.kind)" } ?? kind.words
        case .data: transport
        case .icmpv6Error, .icmpv6, .neighborDiscovery: icmpv6Words
        default: kind.words
        }
    }

    /// What a chart says of it, in a few words.
    func label(_ kind: MessageKind) -> String {
        var words = [headline(kind)]
        if let origin { words.append("origin \(origin)") }
        for trailer in trailers {
            switch trailer {
            case .nonce: words.append("nonce")
            case .alternateAddresses(let endpoints):
                words.append("alternates \(endpoints.map(\.description).joined(separator: " "))")
            case .neighborDiscovery(.solicitation): words.append("solicitation")
            case .neighborDiscovery(.advertisement): words.append("advertisement")
            case .randomPort(let port): words.append("random port \(port)")
            case .sender: words.append("sender")
            case .sourceProof: words.append("source proof")
            case .relaySiblings(let siblings):
                words.append(siblings.endpoints.isEmpty ? "siblings?" : "\(siblings.endpoints.count) siblings")
            case .transitRelay(let relay, _): words.append("reached through \(relay)")
            case .transit: break
            case .opaque(let type, _): words.append("trailer \(type)")
            }
        }
        return words.joined(separator: ", ")
    }

    /// What a line says of the elements and trailers: each with its value and its meaning.
    func details(_ kind: MessageKind) -> [String] {
        var details: [String] = []
        if let authentication { details.append(Self.words(authentication)) }
        if let origin {
            let isOwn = kind == .routerAdvertisement
            details.append(
                "origin \(origin) (\(isOwn ? "how the server sees the client" : "where the server had it from"))"
            )
        }
        details += trailers.map(Self.words)
        if hasForbiddenTrailer { details.append("a trailer that asks for it to be discarded") }
        if kind.isTraffic { details.append("\(packet.count) octets") }
        if pieces > 1 { details.append("\(pieces) datagrams in one piece (offload)") }
        if !isWhole { details.append("not all of it was captured") }
        switch upperLayer.part {
        case .whole: break
        case .first: details.append("first fragment of an IPv6 packet, not reassembled")
        case .later: details.append("later fragment of an IPv6 packet, not reassembled")
        }
        return details
    }

    private static func words(_ authentication: AuthenticationEncapsulation) -> String {
        var words = "authentication: nonce \(HexadecimalText.digits(authentication.nonce, count: 16))"
        if !authentication.clientIdentifier.isEmpty {
            words += ", identifier of \(authentication.clientIdentifier.count) octets"
        }
        if !authentication.authenticationValue.isEmpty {
            words += ", value of \(authentication.authenticationValue.count) octets (secure qualification)"
        }
        if authentication.confirmation != 0 {
            words += ", confirmation \(authentication.confirmation): a new key is wanted"
        }
        return words
    }

    private static func words(_ trailer: Trailer) -> String {
        switch trailer {
        case .nonce(let nonce):
            "nonce 0x\(HexadecimalText.digits(UInt64(nonce), count: 8)) (the answer has to return it)"
        case .alternateAddresses(let endpoints):
            "alternate addresses \(endpoints.map(\.description).joined(separator: ", ")) (the sender may be there, too)"
        case .neighborDiscovery(.solicitation): "solicitation (is the way still open?)"
        case .neighborDiscovery(.advertisement): "advertisement (the way is open)"
        case .randomPort(let port): "random port \(port) (the sender awaits the peer there)"
        case .sender(let address): "sender \(address) (whose bubble it is)"
        case .sourceProof(let proof):
            "source proof \(HexadecimalText.digits(proof, count: 16)) (the server knows the sender by it)"
        case .relaySiblings(let siblings):
            siblings.endpoints.isEmpty
                ? "relay siblings: none named (a question, or a relay without any)"
                : "relay siblings \(siblings.endpoints.map(\.description).joined(separator: ", ")) (they speak for the same hosts)"
        case .transitRelay(let relay, _): "transit relay \(relay) (the sender is reached through it)"
        case .transit(let message): "transit \(message.kind): nonce \(HexadecimalText.digits(message.nonce, count: 16))"
        case .opaque(let type, let value):
            "trailer 0x\(HexadecimalText.digits(UInt64(type), count: 2)) of \(value.count) octets (unknown, skipped)"
        }
    }

    /// The name of an ICMPv6 message.
    private var icmpv6Words: String {
        switch icmpv6?.type {
        case ICMPv6.destinationUnreachable: "destination unreachable"
        case ICMPv6.packetTooBig: "packet too big"
        case ICMPv6.timeExceeded: "time exceeded"
        case ICMPv6.routerSolicitation: "router solicitation"
        case ICMPv6.routerAdvertisement: "router advertisement"
        case 135: "neighbour solicitation"
        case 136: "neighbour advertisement"
        case ICMPv6.redirect: "redirect"
        case let type?: "ICMPv6 type \(type)"
        case nil: "ICMPv6"
        }
    }

    /// The transport of a data packet with its ports.
    private var transport: String {
        let upper = upperLayer
        if upper.part == .later { return "IPv6 fragment" }
        let name: String
        switch upper.protocolNumber {
        case IPv6Header.NextHeader.tcp: name = "TCP"
        case IPv6Header.NextHeader.udp: name = "UDP"
        case IPv6Header.NextHeader.none: return "next header 59 with a payload"
        default: return "protocol \(upper.protocolNumber)"
        }
        guard upper.offset + 4 <= packet.count else { return name }
        let source = packet.span.bigEndianUInt16(at: upper.offset)
        let destination = packet.span.bigEndianUInt16(at: upper.offset + 2)
        return "\(name) \(source) → \(destination)"
    }
}
