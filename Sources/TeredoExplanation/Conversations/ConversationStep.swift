import TeredoWire

/// What one packet does to the conversation that it belongs to.
struct ConversationStep {
    let reading: TeredoReading
    let kind: MessageKind
    let source: UDPEndpoint
    let destination: UDPEndpoint
    let number: Int
    let time: ProtocolInstant?
    let book: PartyBook

    private var header: IPv6Header { reading.header }

    /// Carries the packet out: what the conversation is in then, and what the packet has against it.
    func apply(to conversations: inout ConversationBook) -> (change: StateChange?, findings: [Finding]) {
        if kind == .icmpv6Error { return (refuse(&conversations), []) }
        guard ConversationBook.isConversation(header.source, header.destination),
            let position = conversations.number(from: header.source, to: header.destination, packet: number, time: time)
        else { return (nil, []) }
        let names = names(conversations.conversations[position])
        return conversations.change(position) { conversation in
            let findings = judge(&conversation)
            let change = advance(&conversation).map { state, words in
                StateChange(state: state, subject: names, words: words)
            }
            return (change, findings)
        }
    }

    private func names(_ conversation: Conversation) -> String {
        "\(name(conversation.initiator)) → \(name(conversation.responder))"
    }

    private func name(_ address: IPv6Address) -> String {
        book.client(with: address).map { book.parties[$0].name } ?? address.description
    }

    private var isThroughServer: Bool { book.isServer(source, of: reading) || book.isServer(destination, of: reading) }

    /// The relay that a packet comes from or goes to.
    private var relay: UDPEndpoint? { [source, destination].first { book.role(of: $0) == .relay } }

    /// Checks nonces and the pace of bubbles, and remembers them.
    private func judge(_ conversation: inout Conversation) -> [Finding] {
        let isInitiator = header.source == conversation.initiator
        defer { if isInitiator { conversation.responderPace.hear() } else { conversation.initiatorPace.hear() } }
        guard kind.isBubble else { return [] }
        var findings: [Finding] = []
        let nonce = reading.trailerList.nonce
        if kind == .indirectBubble {
            if isInitiator { conversation.initiatorNonce = nonce } else { conversation.responderNonce = nonce }
        } else if let nonce, relay == nil {
            let expected = isInitiator ? conversation.responderNonce : conversation.initiatorNonce
            if let expected, expected != nonce {
                let digits = HexadecimalText.digits(UInt64(expected), count: 8)
                findings.append(Finding(.nonceOfBubble, "the last indirect bubble had the nonce 0x\(digits)"))
            }
        }
        // What a server passes on is paced by whoever sent it.
        guard let time, !book.isServer(source, of: reading) else { return findings }
        let isDirect = kind == .directBubble
        let finding =
            isInitiator
            ? conversation.initiatorPace.note(isDirect: isDirect, from: source, to: destination, time: time)
            : conversation.responderPace.note(isDirect: isDirect, from: source, to: destination, time: time)
        return findings + (finding.map { [$0] } ?? [])
    }

    private func advance(_ conversation: inout Conversation) -> (StateChange.State, String)? {
        let isInitiator = header.source == conversation.initiator
        if kind.isTraffic { conversation.count(octets: reading.packet.count, fromInitiator: isInitiator) }
        if kind == .connectivityTest {
            conversation.test = reading.icmpv6.flatMap { ConversationBook.identity(of: $0.message) }
            return enter(.testing, "looks for the relay of the host", &conversation)
        }
        guard kind != .transitMessage else { return nil }
        if isThroughServer {
            guard kind == .indirectBubble, isInitiator else { return nil }
            return enter(.asking, "asked for through the server", &conversation)
        }
        guard !isInitiator else { return nil }
        let way = way
        guard let state = conversation.open(way, relay: way == .direct || way == .link ? nil : relay, time: time) else {
            return nil
        }
        let after = conversation.firstContact.map { " after \(Self.text($0))" } ?? ""
        return state == .open ? (.open, "open\(after), \(words(way))") : (.moved, "goes on \(words(way))")
    }

    private func enter(
        _ state: StateChange.State,
        _ words: String,
        _ conversation: inout Conversation
    ) -> (StateChange.State, String)? {
        guard conversation.way == nil, conversation.state != state else { return nil }
        conversation.state = state
        return (state, words)
    }

    private var way: Conversation.Way {
        guard header.source.isTeredo, header.destination.isTeredo else { return .relay }
        if relay != nil { return .transit }
        return PartyBook.isInside(source.address) && PartyBook.isInside(destination.address) ? .link : .direct
    }

    private func words(_ way: Conversation.Way) -> String {
        switch way {
        case .direct: "directly"
        case .link: "on the link"
        case .relay: "through " + (relay.map(book.name) ?? "a relay")
        case .transit: "in transit through " + (relay.map(book.name) ?? "a relay")
        }
    }

    /// An error about a packet of a conversation that is not open yet.
    private func refuse(_ conversations: inout ConversationBook) -> StateChange? {
        guard let message = reading.icmpv6?.message, message.count >= 48 else { return nil }
        let quoted = Array(message.dropFirst(8).prefix(40))
        let source = quoted.span.ipv6Address(at: 8)
        let destination = quoted.span.ipv6Address(at: 24)
        guard let position = conversations.number(source, destination) else { return nil }
        let names = names(conversations.conversations[position])
        return conversations.change(position) { conversation in
            enter(.refused, reading.label(kind), &conversation).map { state, words in
                StateChange(state: state, subject: names, words: words)
            }
        }
    }

    /// A span in milliseconds with one decimal.
    private static func text(_ time: Duration) -> String {
        let tenths = Int64(time / .microseconds(100))
        return "\(tenths / 10).\((tenths % 10).magnitude) ms"
    }
}
