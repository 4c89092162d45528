/// What a packet leads to: a client or a conversation is in another state than before.
package struct StateChange: Hashable, Sendable {
    /// The states, of a client and of a conversation.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// The client has asked a server and has no address yet.
        case qualifying
        /// The client has an address.
        case qualified
        /// The client asks again, so that its mapping stays.
        case refreshing
        /// The mapping of the client is as it was.
        case refreshed
        /// The mapping of the client, and so its address, is another one.
        case remapped
        /// The NAT of the client maps it to another endpoint for each destination.
        case symmetric
        /// A host asks for another one, through the server of that one.
        case asking
        /// A client looks for the relay of a native host.
        case testing
        /// Packets pass both ways.
        case open
        /// Packets pass another way than before.
        case moved
        /// It was said that there is no way.
        case refused
    }

    /// The state.
    package let state: State
    /// Whose it is: a client, or both ends of a conversation.
    package let subject: String
    /// The rest of the sentence.
    package let words: String

    /// As a line says it.
    package var sentence: String { "\(subject): \(words)" }
}
