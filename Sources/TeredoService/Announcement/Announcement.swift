import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// The routes that announce a role, as a part of its driver: it judges the role's condition and tells the process that keeps them.
final class Announcement: DriverPart {
    let name = "announcement"
    /// What holds, as the process said last.
    private(set) var status: AnnouncementStatus
    /// Whether others are to be led to the role; asked every half second, and on changes of the host.
    var condition: (ProtocolInstant) -> RoleCondition = { _ in .healthy }
    /// Whether the role drains: then it is withdrawn whatever its condition.
    private(set) var isDraining = false
    private let process: AnnouncementProcess
    private var judge = AnnouncementJudge()
    private var nextOrder: ProtocolInstant?
    private var nextLook: ProtocolInstant?
    private let logger: Logger
    /// What was logged last.
    private var told: AnnouncementStatus?
    /// Whether the role ends, which needs no line of its own.
    private var isEnding = false
    /// How many orders the process has left without an answer; it answers each at once.
    private var unanswered = 0

    /// Starts the process that keeps routes to `prefixes` in a table; nothing is announced before ``begin(now:)``.
    ///
    /// The routes lead to the interface with this index, or to one of the process's own.
    init(
        _ prefixes: [AnnouncedPrefix],
        table: Int,
        interface: Int32?,
        _ sources: SourceRegistry,
        logger: Logger
    ) throws(ServiceError) {
        status = AnnouncementStatus(
            table: table,
            state: .withdrawn,
            reason: "starting",
            prefixes: prefixes.map(\.description)
        )
        self.logger = logger
        process = try AnnouncementProcess(prefixes, table: table, interface: interface)
        try sources.add(process.descriptor, for: self)
    }

    var nextTimeout: ProtocolInstant? { nextOrder }

    /// Announces the role from now on, while it is healthy.
    func begin(now: ProtocolInstant) { look(now: now) }

    func handleTimeout(now: ProtocolInstant) {
        if let nextLook, nextLook <= now { return look(now: now) }
        repeatOrder(now: now)
    }

    /// Takes what the process says; throws when it is gone, because nobody could withdraw what it announced.
    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {
        switch process.answer() {
        case .text(let text):
            unanswered = 0
            take(text)
        case .garbage, .closed:
            throw ServiceError(
                "the process that announces the role is gone",
                remedy: "start the role again; what killed it, the log of the system may tell"
            )
        case nil: return
        }
    }

    /// Judges the condition of the role; call it when the host changed, too.
    func look(now: ProtocolInstant) {
        nextLook = now + Self.lookInterval
        _ = judge.judge(condition(now), isDraining: isDraining, now: now)
        repeatOrder(now: now)
    }

    /// Withdraws the role for its last time, or announces it again.
    func setDraining(_ isDraining: Bool, now: ProtocolInstant) {
        self.isDraining = isDraining
        look(now: now)
    }

    /// Withdraws the role at its end, and waits a moment for that to be done.
    func end() {
        nextOrder = nil
        isEnding = true
        give(.withdraw)
        let deadline = MonotonicClock.now + .seconds(1)
        while status.state != .withdrawn, MonotonicClock.now < deadline {
            guard case .text(let text) = process.answer(limit: deadline - MonotonicClock.now) else { break }
            take(text)
        }
        if status.state != .withdrawn { logger.error("\(Self.silence)") }
    }

    /// Leaves the routes where they are, for the process of the role that takes over.
    func leave() {
        nextOrder = nil
        give(.leave)
    }

    private func repeatOrder(now: ProtocolInstant) {
        nextOrder = now + Self.orderInterval
        unanswered += 1
        if unanswered == Self.patience {
            // Not the end of the role: its routes would lead nowhere then.
            status.reason = Self.silence
            told = status
            logger.error("\(Self.silence)")
        }
        give(judge.decision.order)
    }

    private func give(_ order: AnnouncementOrder) {
        let log = (logger.handler as? RoleLogHandler)?.choice ?? LogControl.Choice(level: logger.logLevel)
        process.give(AnnouncementMessage(order, label: logger.label, log: log))
    }

    /// What holds is what the process says, not what was decided.
    private func take(_ text: String) {
        let isAgain = text.hasSuffix(AnnouncementService.again)
        switch AnnouncementOrder(rawValue: isAgain ? String(text.dropLast(AnnouncementService.again.count)) : text) {
        case .announce: (status.state, status.reason) = (.announced, nil)
        case .reserve: (status.state, status.reason) = (.reserve, judge.decision.reason)
        case .withdraw: (status.state, status.reason) = (.withdrawn, judge.decision.reason)
        case .leave: return
        case nil:
            (status.state, status.reason) = (.withdrawn, text)
            if status != told { logger.error("not announced: \(text)") }
            told = status
            return
        }
        if isAgain { logger.warning("the role did not run for a while, and was withdrawn") }
        if isAgain || status != told, !isEnding { tell() }
        told = status
    }

    private func tell() {
        let what = status.prefixes.joined(separator: ", ")
        let reason = status.reason ?? ""
        switch status.state {
        case .announced: logger.notice("announced: \(what) in table \(status.table)")
        case .reserve: logger.warning("announced as a reserve only, because \(reason): \(what)")
        // Nothing was announced yet.
        case .withdrawn where told == nil && reason == AnnouncementJudge.starting: break
        case .withdrawn: logger.warning("withdrawn: \(what): \(reason)")
        }
    }

    /// Three orders must fit into ``AnnouncementService/patience``.
    private static let orderInterval = Duration.milliseconds(250)
    private static let lookInterval = Duration.milliseconds(500)
    private static let patience = 8
    private static let silence = "the process that announces the role does not answer: what it announced stays"
}
