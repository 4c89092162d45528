import TeredoWire

/// What is known of an exchange with a peer while it goes on: bubbles to a Teredo peer, or a connectivity test with a
/// native one (RFC 4380 sections 5.2.6 and 5.2.9).
struct PeerExchange: Sendable {
    /// When the first bubble was decided about, where an exchange has to end in time.
    private(set) var start: ProtocolInstant?
    /// How often bubble or echo were sent.
    private(set) var attempts = 0
    /// When bubble or echo are repeated or given up; `nil` while the exchange rests.
    private(set) var deadline: ProtocolInstant?
    /// The connectivity test under way.
    private(set) var test: ConnectivityTest?
    /// Whether the network says that the peer's own endpoint is not reached: many NATs say so of what comes unasked for.
    private(set) var isDirectRefused = false
    /// How many of our bubbles came back from the peer's server, which therefore passed none of them on.
    private(set) var serverRefusals = 0

    /// The direct IPv6 connectivity test with a native peer (RFC 4380 section 5.2.9).
    ///
    /// A repeat must not make the answer to an earlier request worthless, or else nothing is reached whose answer takes longer
    /// than the pause between them: all requests of the test count, for 30 s each (SEC-08).
    struct ConnectivityTest: Sendable {
        /// One echo request.
        struct Request: Sendable {
            /// Its data: 16 random octets.
            let nonce: UInt128
            let sentAt: ProtocolInstant
        }

        /// The requests that were sent, the latest last.
        private(set) var requests: [Request] = []

        /// One more request was sent.
        mutating func append(_ request: Request) {
            if requests.count >= RFC4380.attemptLimit { requests.removeFirst() }
            requests.append(request)
        }
    }

    /// Whether nothing is left to remember.
    var isOver: Bool { start == nil && attempts == 0 && deadline == nil && test == nil }

    /// Whether the time for four attempts `interval` apart is over: answers in between must not make the exchange longer.
    func isOverdue(interval: Duration = RFC4380.retryInterval, now: ProtocolInstant) -> Bool {
        guard let start else { return false }
        return now - start >= interval * RFC4380.attemptLimit
    }

    /// Whether no answer can come any more: nothing gets through the peer's server, and nothing directly.
    var isHopeless: Bool { serverRefusals > 1 || serverRefusals == 1 && isDirectRefused }

    mutating func noteDirectRefusal() { isDirectRefused = true }
    mutating func noteServerRefusal() { serverRefusals += 1 }

    /// The exchange begins, unless it is under way.
    mutating func begin(now: ProtocolInstant) { start = start ?? now }

    /// A bubble or an echo is sent, or would be.
    mutating func countAttempt() { attempts += 1 }

    /// An answer may come until `deadline`.
    mutating func wait(until deadline: ProtocolInstant) { self.deadline = deadline }

    /// The deadline has come, and it is open what follows.
    mutating func rest() { deadline = nil }

    /// An echo request was sent.
    mutating func sent(_ request: ConnectivityTest.Request) {
        test = test ?? ConnectivityTest()
        test?.append(request)
    }
}
