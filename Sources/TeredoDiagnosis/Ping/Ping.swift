package import TeredoControl
package import TeredoHost
import TeredoLinux
package import TeredoWire

/// Pings an address and tells which way the packets go.
///
/// A running role sends the echo requests if it can, else this process.
package struct Ping: Sendable {
    private struct Request {
        let sentAt: ProtocolInstant
        var isReported = false
    }

    /// Whom to ping.
    package var address: IPv6Address
    /// How many requests to send; `nil` for no end.
    package var count: Int?
    /// The pause between two requests.
    package var interval = Duration.seconds(1)
    /// How long to wait for an answer before saying that there is none.
    package var patience = Duration.seconds(2)

    private var outstanding: [UInt16: Request] = [:]
    private var lastPath: PingPath?
    private var pathBefore = PingPath.unknown
    private var summary = PingSummary()

    /// A ping with the usual times.
    package init(address: IPv6Address) {
        self.address = address
    }

    /// Pings until all answers are there or given up on, or until `isInterrupted`; tells each event as it happens.
    ///
    /// `roles` are the control sockets of those who may send the requests.
    package mutating func run(
        roles: [String],
        path: () -> PingPath,
        isInterrupted: () -> Bool,
        report: (PingEvent) -> Void
    ) throws(ServiceError) -> PingSummary {
        let sender = PingSender(
            to: address,
            paths: suitsRoles ? roles : [],
            patience: patience
        )
        pathBefore = path()
        var sequence = 0
        var due = MonotonicClock.now
        while !isInterrupted() {
            let now = MonotonicClock.now
            let isComplete = count.map { sequence >= $0 } ?? false
            if isComplete, outstanding.values.allSatisfy(\.isReported) { break }
            if !isComplete, now >= due {
                sequence += 1
                try send(sequence, by: sender, now: now, report: report)
                due = max(due + interval, now)
            }
            let silences = outstanding.values.filter { !$0.isReported }.map { $0.sentAt + patience }
            let deadline = (silences + (isComplete ? [] : [due])).min() ?? now
            if let arrival = try sender.receive(until: deadline) {
                handle(arrival, sequence, from: sender, path: path, report: report)
            }
            reportSilence(latest: sequence, path: path, report: report)
        }
        return summary
    }

    private mutating func send(
        _ sequence: Int,
        by sender: PingSender,
        now: ProtocolInstant,
        report: (PingEvent) -> Void
    ) throws(ServiceError) {
        summary.recordRequest()
        let number = UInt16(truncatingIfNeeded: sequence)
        outstanding[number] = Request(sentAt: now)
        guard let refusal = try sender.send(sequence: number) else { return }
        outstanding[number] = nil
        report(.refusal(refusal, sequence: sequence, by: nil))
    }

    private mutating func handle(
        _ arrival: PingArrival,
        _ latest: Int,
        from sender: PingSender,
        path: () -> PingPath,
        report: (PingEvent) -> Void
    ) {
        switch arrival {
        case .reply(let number, let octets, let known, let way):
            // A second reply to the same request counts for nothing.
            guard let request = outstanding.removeValue(forKey: number) else { return }
            let sentAt = sender.takeResending(number) ?? request.sentAt
            let time = known ?? MonotonicClock.now - sentAt
            let now = follow(way ?? path(), report: report)
            summary.recordReply(after: time, path: now, before: pathBefore)
            let sequence = Self.sequence(number, latest)
            report(.reply(sequence: sequence, octets: octets, time: time, now))
        case .refusal(let number, let refusal, let by):
            guard outstanding.removeValue(forKey: number) != nil else { return }
            report(.refusal(refusal, sequence: Self.sequence(number, latest), by: by))
        }
    }

    /// Tells when the way is another than before.
    private mutating func follow(_ path: PingPath, report: (PingEvent) -> Void) -> PingPath {
        if let lastPath, lastPath != path { report(.pathChange(from: lastPath, to: path)) }
        lastPath = path
        return path
    }

    private mutating func reportSilence(latest: Int, path: () -> PingPath, report: (PingEvent) -> Void) {
        let limit = MonotonicClock.now - patience
        let late = outstanding.filter { !$0.value.isReported && $0.value.sentAt <= limit }.map(\.key)
        for number in late.map({ Self.sequence($0, latest) }).sorted() {
            outstanding[UInt16(truncatingIfNeeded: number)]?.isReported = true
            report(.silence(sequence: number, patience: patience, path()))
        }
        // An answer after a minute is that of another time.
        outstanding = outstanding.filter { !$0.value.isReported || $0.value.sentAt > limit - Self.memory }
    }

    /// Whether a role waits as long for as many requests as may be outstanding.
    private var suitsRoles: Bool {
        let most = min(Double(count ?? .max), (patience / interval).rounded(.up))
        return most <= Double(RoleEcho.limit)
            && patience <= .milliseconds(ControlParameter.pingTimeouts.upperBound)
    }

    private static let memory = Duration.seconds(60)

    /// The whole number of a request, of which messages carry the lower half.
    private static func sequence(_ number: UInt16, _ latest: Int) -> Int {
        latest - Int(UInt16(truncatingIfNeeded: latest) &- number)
    }
}
