import TeredoWire

/// What became of the mapping towards the server while it was left alone, and the refresh interval that follows from it.
///
/// The determination of RFC 4380 section 5.2.7 looks for a longer interval by experiment; this notices that the one in force is too
/// long. A loss shortens it at once. It grows again after ten minutes without a loss, and only while nothing uses the address,
/// because a trial that fails costs it. What is set is the longest interval, and another network forgets everything.
struct MappingLifetime: Hashable, Sendable {
    /// What a loss means.
    enum Loss: Hashable, Sendable {
        /// Nothing: the mapping was left alone for much longer than one interval, or the NAT has another address now.
        case ignored
        /// Another interval is in force.
        case shortened
        /// A longer interval was tried, and the one before is in force again.
        case trialFailed
        /// No interval is short enough (SEC-39), so that what is set is in force again.
        case unkeepable
    }

    /// The longest interval that the losses allow; `nil` when nothing speaks against what is set.
    private var limit: Duration?
    /// The longer interval that is being tried.
    private var trial: Duration?
    /// The shortest time after which a mapping was gone; `nil` while none was lost.
    private(set) var lostWithin: Duration?
    /// Whether the NAT forgets faster than anything can be refreshed.
    private(set) var isUnkeepable = false
    /// When a longer interval may be tried.
    private var nextTrial: ProtocolInstant?
    private var pause = Self.firstPause
    /// When the mapping changed last.
    private var lastChange: ProtocolInstant?

    /// Whether a longer interval is being tried.
    var isTrying: Bool { trial != nil }

    /// Whether only what the client sends keeps the mapping, as far as it knows.
    var isShort: Bool { limit != nil }

    /// The interval in force when `set` is the longest one.
    func interval(of set: Duration) -> Duration { min(set, trial ?? limit ?? set) }

    /// The mapping was gone after `age` without a packet of the server; `isRenumbered` when the IPv4 address changed too.
    mutating func recordLoss(
        after age: Duration,
        isRenumbered: Bool = false,
        of set: Duration,
        now: ProtocolInstant
    ) -> Loss {
        let current = interval(of: set)
        defer { lastChange = now }
        // Another address alone is a new connection to the Internet; again and again, it is a NAT with several.
        let isFirst = lastChange.map { now - $0 > Self.memory } ?? true
        guard !isRenumbered || !isFirst || limit != nil else { return .ignored }
        guard !isUnkeepable, age / 2 < current else { return .ignored }
        lostWithin = min(lostWithin ?? age, age)
        nextTrial = now + pause
        if trial != nil {
            trial = nil
            pause = min(pause * 2, Self.longestPause)
            nextTrial = now + pause
            return .trialFailed
        }
        guard current > Self.shortest else {
            isUnkeepable = true
            limit = nil
            nextTrial = now + Self.longestPause
            return .unkeepable
        }
        limit = max(age / 2, Self.shortest)
        return .shortened
    }

    /// The mapping outlived the interval in force; returns whether a longer one proved to be right.
    mutating func recordSurvival(of set: Duration) -> Bool {
        guard let trial else { return false }
        self.trial = nil
        pause = Self.firstPause
        // As long as it goes well, the next one is tried at once.
        if trial < set {
            limit = trial
        } else {
            limit = nil
            lostWithin = nil
            nextTrial = nil
        }
        return true
    }

    /// Begins to try a longer interval when it is time and nothing uses the address; returns whether it did.
    mutating func tryLonger(of set: Duration, isIdle: Bool, now: ProtocolInstant) -> Bool {
        guard isIdle, trial == nil, let nextTrial, nextTrial <= now else { return false }
        if isUnkeepable { self = Self() }
        guard let limit else { return false }
        trial = min(limit * 2, set)
        return true
    }

    /// The least interval: solicitations are never less than 4 s apart (SEC-39).
    static let shortest = RFC4380.solicitationTimeout
    /// How long one change makes the next one a loss, whatever the address is.
    private static let memory = Duration.seconds(300)
    private static let firstPause = Duration.seconds(600)
    private static let longestPause = Duration.seconds(6 * 3600)
}
