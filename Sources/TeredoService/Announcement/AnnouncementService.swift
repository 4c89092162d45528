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

    /// The first word of the command line that makes the program this process instead of a command.
    package static let word = "announcer"
    /// How long a role may take to say its first word: until then what an earlier process of the role left stays.
    static let startPatience = Duration.seconds(10)
    /// For how long a role may say nothing after that; it speaks three times in that time.
    static let patience = Duration.milliseconds(750)
    static let ready = "ready"
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
            metric: nil
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
        while true {
            switch channel.receive(limit: patience) {
            case .text(let text):
                patience = Self.patience
                guard let order = AnnouncementOrder(rawValue: text) else { return withdraw() }
                if order == .leave { return }
                let problem = carryOut(order)
                // Whoever does not read this does not run either, and is found out by its silence.
                _ = channel.sendNow(problem ?? order.rawValue)
                // Nothing can be announced any more without privileges that are gone: the role ends as when this process is killed.
                if isInterfaceOwn, isInterfaceGone { return }
            case nil:
                guard metric != nil else { continue }
                withdraw()
                StandardStream.error.write(
                    line: "announcer: the role does not run: what it announced in table \(table) is withdrawn"
                )
            case .garbage, .closed: return withdraw()
            }
        }
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
        for prefix in prefixes {
            do throws(SystemError) {
                try Netlink.announce(prefix, table: table, interface: interface, metric: wanted)
            } catch {
                isInterfaceGone = isInterfaceGone || error.isNoDevice
                if !error.isAlreadyThere { problem = "\(error)" }
            }
        }
        if let metric, metric != wanted { retract(metric) }
        metric = wanted
        return problem
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
