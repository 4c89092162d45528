/// What became of the connectivity of a client, as far as it concerns the other parts.
struct ConnectivityEffects: OptionSet, Sendable {
    let rawValue: UInt8

    /// The address was withdrawn: the peers that knew it and the ways to them are void.
    static let addressWithdrawn = Self(rawValue: 1)
    /// There is an address: the transit relay and the neighbours can be looked for.
    static let addressTaken = Self(rawValue: 2)
    /// The server in use answered; that is noted when everything else is done.
    static let answered = Self(rawValue: 4)
    /// The kind of NAT is known: bubbles that waited for it may go.
    static let natClassified = Self(rawValue: 16)
    /// The mapping is being refreshed: the moment to forget what is old.
    static let refreshing = Self(rawValue: 8)
}
