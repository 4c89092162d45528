import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// What the process that keeps an announcement does: the routes are there only as long as the role says so, again and again.
///
/// A role that hangs says nothing, and one that was killed is gone from the other end of the channel. In both cases the routes go
/// within ``patience``, which a role could not see to itself. They lead to an interface of the role or of this process, so that the
/// kernel removes them when both are killed.
package struct AnnouncementService {
    private let prefixes: [AnnouncedPrefix]
    private let table: UInt32
    private let interface: Int32
    /// Whether the interface is the process's own.
    private let isInterfaceOwn: Bool
    /// Whether somebody removed the interface.
    private var isInterfaceGone = false
    /// The metric of the routes that are there; `nil` while there are none.
    private var metric: UInt32?
    /// What was found out lately about routes that are there already: whose they are.
    private var ownership = (isOwn: true, ordersLeft: 0)
    /// What happens while the role cannot tell it is logged as the role does.
    private let log: LogControl
    private let writer: LogWriter
    private var label = word

    /// The first word of the command line that makes the program this process instead of a command.
    package static let word = "announcer"
    /// How long a role may take to say its first word: until then what an earlier process of the role left stays.
    static let startPatience = Duration.seconds(10)
    /// For how long a role may say nothing after that; it speaks three times in that time.
    static let patience = Duration.milliseconds(750)
    static let ready = "ready"
    /// The end of an answer that says that the routes were gone because the role had said nothing.
    static let again = " again"
    /// For how many orders it holds whose routes are there: a second.
    private static let ownershipOrders = 4
    /// The metric of a route that is as good as any.
    package static let usualMetric: UInt32 = 1024
    /// The metric of a route that is to be taken only where there is no other.
    package static let reserveMetric: UInt32 = 1_000_000

    /// Is the process for the words of a command line after ``word``, with the role at standard input; returns the exit status.
    package static func main(_ words: [String]) -> Int32 {
        let prefixes = words.dropFirst(2).compactMap { AnnouncedPrefix($0) }
        guard words.count > 2, prefixes.count == words.count - 2, let table = UInt32(words[0]), table > 0,
            let interface = Int32(words[1]), let channel = try? MessageChannel(descriptor: 0), channel.isConnected
        else {
            StandardStream.error.write(line: "Error: \(word) is started by a role with announce-table only")
            return 64
        }
        HelperProcess.prepare(name: "teredo-announce")
        do throws(SystemError) {
            if interface > 0 {
                try serve(prefixes, table, through: interface, isOwn: false, channel)
            } else {
                let own = try TUNDevice(name: "teredo-up%d")
                do { try Netlink.bringUp(interface: own.index, mtu: TeredoConstants.mtu) } catch {
                    // Without IPv6 there is no link-local address to keep away.
                    try Netlink.setUp(interface: own.index)
                }
                try serve(prefixes, table, through: own.index, isOwn: true, channel)
            }
            return 0
        } catch {
            _ = channel.send("\(error)")
            return 1
        }
    }

    private static func serve(
        _ prefixes: [AnnouncedPrefix],
        _ table: UInt32,
        through interface: Int32,
        isOwn: Bool,
        _ channel: MessageChannel
    ) throws(SystemError) {
        let log = LogControl(.notice)
        // The time zone is read, and the journal found, before there are no files any more.
        let writer = LogWriter(log)
        _ = LocalTime.now
        try ProcessPrivileges.reduce(to: [.netAdmin], user: nil)
        HelperProcess.forbidTracing()
        let confinement = Confinement(calls: [.interface], files: [])
        _ = try confinement.enforceFiles()
        try confinement.enforceCalls()
        var service = Self(
            prefixes: prefixes,
            table: table,
            interface: interface,
            isInterfaceOwn: isOwn,
            metric: nil,
            log: log,
            writer: writer
        )
        service.adopt(try Netlink.announced(table: table, interface: interface))
        service.serve(channel)
    }

    /// Takes over what an earlier process of the role left to this one, and removes what is not to be announced any more.
    private mutating func adopt(_ found: [(prefix: AnnouncedPrefix, metric: UInt32)]) {
        metric = found.filter { prefixes.contains($0.prefix) }.map(\.metric).min()
        for route in found where route.metric != metric || !prefixes.contains(route.prefix) {
            try? Netlink.retract(route.prefix, table: table, interface: interface, metric: route.metric)
        }
    }

    private mutating func serve(_ channel: MessageChannel) {
        guard channel.send(Self.ready) else { return withdraw() }
        var patience = Self.startPatience
        var wasSilent = false
        while true {
            switch channel.receive(limit: patience) {
            case .text(let text):
                patience = Self.patience
                guard let message = AnnouncementMessage(text) else { return withdraw() }
                (log.choice, label) = (message.log, message.label)
                if message.order == .leave { return }
                let problem = carryOut(message.order)
                let isAgain = wasSilent && problem == nil
                if isAgain { wasSilent = false }
                // Whoever does not read this does not run either, and is found out by its silence.
                _ = channel.sendNow((problem ?? message.order.rawValue) + (isAgain ? Self.again : ""))
                // Nothing can be announced any more without privileges that are gone: the role ends as when this process is killed.
                if isInterfaceOwn, isInterfaceGone { return }
            case nil:
                guard metric != nil else { continue }
                wasSilent = true
                withdraw(because: "the role does not run")
            case .garbage, .closed: return withdraw(because: "the role is gone")
            }
        }
    }

    /// Withdraws what is announced and logs it, which the role cannot.
    private mutating func withdraw(because reason: String) {
        guard metric != nil else { return }
        withdraw()
        let logger = Logger.ofRole(label, control: log, writer: writer)
        logger.error("\(reason): what it announced in table \(table) is withdrawn")
        writer.flush()
    }

    /// Returns what keeps the routes from being as they are wanted.
    private mutating func carryOut(_ order: AnnouncementOrder) -> String? {
        switch order {
        case .announce: establish(Self.usualMetric)
        case .reserve: establish(Self.reserveMetric)
        case .withdraw, .leave: withdrawn()
        }
    }

    /// Puts the routes there, and back if another program took them away; those with another metric go after that.
    private mutating func establish(_ wanted: UInt32) -> String? {
        var problem: String?
        var isThere = false
        for prefix in prefixes {
            do throws(SystemError) {
                try Netlink.announce(prefix, table: table, interface: interface, metric: wanted)
            } catch {
                isInterfaceGone = isInterfaceGone || error.isNoDevice
                if !error.isAlreadyThere { problem = "\(error)" }
                isThere = isThere || error.isAlreadyThere
            }
        }
        if isThere, !isOwn(wanted) {
            problem = problem ?? "another program has a route with metric \(wanted) for the same in table \(table)"
        }
        if let metric, metric != wanted { retract(metric) }
        metric = wanted
        return problem
    }

    /// Whether the routes that are there with a metric lead through the interface; asked once in a second, because the kernel looks
    /// through all its tables for it.
    private mutating func isOwn(_ metric: UInt32) -> Bool {
        ownership.ordersLeft -= 1
        guard ownership.ordersLeft < 0 || self.metric != metric || !ownership.isOwn else { return ownership.isOwn }
        let found = (try? Netlink.announced(table: table, interface: interface)) ?? []
        let isOwn = prefixes.allSatisfy { prefix in
            found.contains { $0.prefix == prefix && $0.metric == metric }
        }
        ownership = (isOwn, Self.ownershipOrders)
        return isOwn
    }

    private mutating func withdrawn() -> String? {
        withdraw()
        return nil
    }

    private mutating func withdraw() {
        if let metric { retract(metric) }
        metric = nil
    }

    private func retract(_ metric: UInt32) {
        for prefix in prefixes {
            try? Netlink.retract(prefix, table: table, interface: interface, metric: metric)
        }
    }
}
