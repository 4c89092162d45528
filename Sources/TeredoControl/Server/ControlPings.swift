import TeredoLinux
import TeredoWire

/// The pings of those who asked on the control socket and wait for the outcome: one for each connection.
struct ControlPings {
    /// A ping that is over.
    struct Ended {
        let connection: UInt64
        let inquiry: PingInquiry
        let answer: ControlPing
    }

    private struct UnderWay {
        let inquiry: PingInquiry
        let echo: any PingEcho
        /// The number of its descriptor in the event loop.
        let token: UInt64
        let sentAt: ProtocolInstant
        var isWatched = false

        var deadline: ProtocolInstant { sentAt + inquiry.timeout }
    }

    private let open: (IPv6Address) throws(SystemError) -> any PingEcho
    /// By the number of the connection.
    private var underWay: [UInt64: UnderWay] = [:]

    /// The most pings that are under way at once.
    static let limit = 16

    init(open: @escaping (IPv6Address) throws(SystemError) -> any PingEcho) {
        self.open = open
    }

    /// How many are under way.
    var count: Int { underWay.count }

    /// When the first of them is given up on.
    var nextTimeout: ProtocolInstant? { underWay.values.lazy.map(\.deadline).min() }

    /// Sends the request; `token` is to be the number of its descriptor in the event loop.
    mutating func begin(
        _ inquiry: PingInquiry,
        connection: UInt64,
        token: UInt64
    ) throws(ControlError) -> PingStart {
        guard underWay[connection] == nil else {
            throw ControlError(
                code: .limitReached,
                message:
                    "this connection is already waiting for a ping; ask again after its answer, or on another connection"
            )
        }
        guard underWay.count < Self.limit else {
            throw ControlError(
                code: .limitReached,
                message: "\(Self.limit) pings are already under way; ask again later"
            )
        }
        let echo: any PingEcho
        do { echo = try open(inquiry.address) } catch {
            throw ControlError(code: .notAvailable, message: "the role cannot ping: \(error)")
        }
        let sentAt = MonotonicClock.now
        if let refusal = echo.send() { return .refused(refusal) }
        underWay[connection] = UnderWay(inquiry: inquiry, echo: echo, token: token, sentAt: sentAt)
        return .begun
    }

    /// Watches those that are not watched yet; one that cannot be watched ends without an answer.
    mutating func watch(in loop: inout EventLoop) {
        for (connection, ping) in underWay where !ping.isWatched {
            underWay[connection]?.isWatched = true
            try? loop.add(ping.echo.descriptor, token: ping.token)
        }
    }

    /// Forgets the ping of a connection that is over.
    mutating func cancel(_ connection: UInt64) { underWay[connection] = nil }

    /// The ping whose descriptor has the number `token`, if it has an outcome.
    mutating func takeArrival(_ token: UInt64, path: (IPv6Address) -> PingPath) -> Ended? {
        guard let (connection, ping) = underWay.first(where: { $0.value.token == token }),
            let arrival = ping.echo.receive()
        else { return nil }
        underWay[connection] = nil
        let way = path(ping.inquiry.address)
        let answer =
            switch arrival {
            case .reply:
                ControlPing(way, roundTrip: MonotonicClock.now - ping.sentAt)
            case .refusal(let refusal, _, let by): ControlPing(way, refusal, by: by)
            }
        return Ended(connection: connection, inquiry: ping.inquiry, answer: answer)
    }

    /// The pings that nothing came of in time.
    mutating func takeExpired(_ now: ProtocolInstant, path: (IPv6Address) -> PingPath) -> [Ended] {
        let late = underWay.filter { $0.value.deadline <= now }
        for connection in late.keys { underWay[connection] = nil }
        return late.map { connection, ping in
            Ended(
                connection: connection,
                inquiry: ping.inquiry,
                answer: ControlPing(path(ping.inquiry.address))
            )
        }
    }
}
