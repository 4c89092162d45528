import TeredoWire

/// The conversations of a capture, at most so many.
struct ConversationBook {
    static let limit = 4096

    private struct Pair: Hashable {
        let low: IPv6Address
        let high: IPv6Address

        init(_ first: IPv6Address, _ second: IPv6Address) {
            low = min(first, second)
            high = max(first, second)
        }
    }

    private(set) var conversations: [Conversation] = []
    private var numbers: [Pair: Int] = [:]
    /// Whether a conversation had no room in the book.
    private(set) var isFull = false

    /// Whether packets between two addresses are a conversation: not those to everybody, and not those of keyed bubbles.
    static func isConversation(_ source: IPv6Address, _ destination: IPv6Address) -> Bool {
        guard source != destination, source.isTeredo || destination.isTeredo else { return false }
        return [source, destination].allSatisfy { !$0.isMulticast && !$0.isLinkLocal && $0 != .unspecified }
    }

    func number(_ first: IPv6Address, _ second: IPv6Address) -> Int? { numbers[Pair(first, second)] }

    /// The number of the conversation that a packet belongs to, which may begin with it.
    mutating func number(
        from source: IPv6Address,
        to destination: IPv6Address,
        packet: Int,
        time: ProtocolInstant?
    ) -> Int? {
        if let number = number(source, destination) { return number }
        guard conversations.count < Self.limit else {
            isFull = true
            return nil
        }
        numbers[Pair(source, destination)] = conversations.count
        conversations.append(Conversation(source, destination, packet: packet, time: time))
        return conversations.count - 1
    }

    mutating func change<Result>(_ number: Int, _ body: (inout Conversation) -> Result) -> Result {
        body(&conversations[number])
    }

    /// Whether an echo reply is the answer to the connectivity test that is under way.
    func isTestReply(_ reading: TeredoReading) -> Bool {
        guard let message = reading.icmpv6, message.type == ICMPv6.echoReply,
            let number = number(reading.header.source, reading.header.destination)
        else { return false }
        let conversation = conversations[number]
        return conversation.test != nil && conversation.test == Self.identity(of: message.message)
            && reading.header.source == conversation.responder
    }

    /// Identifier and sequence number of an echo message.
    static func identity(of message: ArraySlice<UInt8>) -> UInt32? {
        guard message.count >= 8 else { return nil }
        return message.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
