import Logging
import TeredoControl
import TeredoHost
import TeredoWire

/// The end of a role that others are led to: it is withdrawn, serves what is established, and ends when nothing is left, or at a
/// limit.
///
/// What is new and still comes is served as well: it comes because a router has no better way yet.
final class Drain: DriverPart {
    let name = "drain"
    /// For how long a role serves at most, from the beginning on.
    var limit: Duration
    /// How many clients are still served, or 1 where they are not known and something came lately.
    var remaining: (ProtocolInstant) -> Int = { _ in 0 }
    /// Withdraws the role, or has it announced again.
    var onChange: (Bool, ProtocolInstant) -> Void = { _, _ in }
    /// Ends the role; the text is the reason.
    var end: (String) -> Void = { _ in }
    private var since: ProtocolInstant?
    private var nextLook: ProtocolInstant?
    private let logger: Logger

    /// Prepares for a drain of at most `limit`.
    init(limit: Duration, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    /// Whether the role drains.
    var isOn: Bool { since != nil }

    var nextTimeout: ProtocolInstant? { nextLook }

    /// Begins, unless it has begun, or calls it off.
    func set(_ isOn: Bool, now: ProtocolInstant) {
        guard isOn != self.isOn else { return }
        since = isOn ? now : nil
        nextLook = isOn ? now + min(Self.least, limit) : nil
        logger.notice(
            isOn
                ? "draining: ends when nothing is left, in \(TimeText.duration(limit)) at the latest"
                : "not draining any more"
        )
        onChange(isOn, now)
    }

    /// Does what it is told.
    func obey(_ order: DrainOrder, isAnnounced: Bool, now: ProtocolInstant) {
        switch order {
        case .begin: set(true, now: now)
        case .beginIfAnnounced: if isAnnounced, limit > .zero { set(true, now: now) }
        case .cancel: set(false, now: now)
        }
    }

    func handleTimeout(now: ProtocolInstant) {
        guard let since else { return }
        let left = remaining(now)
        if left == 0 {
            finish("drained: nothing is left")
        } else if now - since >= limit {
            finish("drained: the limit of \(TimeText.duration(limit)) has passed")
        } else {
            nextLook = min(now + Self.interval, since + limit)
        }
    }

    /// How far it is, with the number of clients where they are known; `nil` while the role does not drain.
    func status(clients: Int?, now: ProtocolInstant) -> DrainStatus? {
        since.map { DrainStatus(remaining: max(.zero, $0 + limit - now), clients: clients) }
    }

    private func finish(_ reason: String) {
        nextLook = nil
        end(reason)
    }

    /// What was used within this time is not at its end.
    static let quiet = Duration.seconds(5)
    /// Routers take a moment to hear of it.
    private static let least = Duration.seconds(1)
    private static let interval = Duration.milliseconds(500)
}
