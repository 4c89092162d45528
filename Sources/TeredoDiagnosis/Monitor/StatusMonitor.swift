package import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoWire

/// Runs a ``Monitor`` on the terminal until somebody quits.
package struct StatusMonitor {
    private let query: ControlQuery
    private var monitor: Monitor
    private var isAsking = false
    private var due = MonotonicClock.now

    /// A monitor of the roles that `query` leads to; `showsAll` begins with all rows.
    package init(_ query: ControlQuery, showsAll: Bool) {
        self.query = query
        monitor = Monitor(showsAll: showsAll)
    }

    /// Shows the roles once a second; returns the signal that ended it, `nil` when a key did.
    ///
    /// Throws, before the terminal is touched, when there is no role. One that goes away later is waited for.
    package mutating func run() throws(ServiceError) -> CInt? {
        let first = MonitorSample.take(query)
        if let failure = first.failure { throw failure }
        if case .failure(let failure)? = first.roles.first?.outcome, first.roles.count == 1 { throw failure }
        monitor.take(first)
        return try ServiceError.wrapping { () throws(SystemError) in try loop() }
    }

    private mutating func loop() throws(SystemError) -> CInt? {
        let terminal = try TerminalSession()
        defer { terminal.close() }
        let asking = try BackgroundWork<MonitorSample>(name: "status")
        var loop = try EventLoop()
        try loop.add(terminal.descriptors.signals, token: Self.signalToken)
        try loop.add(asking.descriptor, token: Self.answerToken)
        if let keys = terminal.descriptors.keys { try loop.add(keys, token: Self.keyToken) }
        due = MonotonicClock.now + Self.interval
        while !StandardOutput.hasFailed {
            draw(on: terminal)
            let now = MonotonicClock.now
            if now >= due {
                due = now + Self.interval
                if !isAsking { ask(asking, now) }
            }
            for position in 0..<loop.wait(until: due) {
                switch loop.token(position) {
                case Self.answerToken:
                    for sample in asking.takeResults() { monitor.take(sample) }
                    isAsking = false
                case Self.keyToken:
                    guard let octets = terminal.keys() else {
                        loop.remove(0)
                        continue
                    }
                    for key in MonitorKey.keys(octets) where monitor.press(key) { return nil }
                default:
                    while let signal = terminal.signal() {
                        switch signal {
                        case .end(let number): return number
                        case .suspend: terminal.suspend()
                        case .resize: continue
                        }
                    }
                }
            }
        }
        return nil
    }

    private mutating func ask(_ work: BackgroundWork<MonitorSample>, _ now: ProtocolInstant) {
        isAsking = true
        let failure = ServiceError("no thread can be started to ask the roles", remedy: "see 'ulimit -u'")
        work.start(
            { [query] in MonitorSample.take(query) },
            orElse: MonitorSample(time: now, roles: [], failure: failure)
        )
    }

    private mutating func draw(on terminal: TerminalSession) {
        let traits = TerminalTraits.ofStandardOutput
        let time = LocalTime.now.description.prefix(8)
        let lines = monitor.screen(
            columns: traits.columns,
            rows: traits.rows ?? 24,
            clock: String(time),
            now: MonotonicClock.now,
            sign: traits.ellipsis
        )
        terminal.show(lines.map { $0.text(isColored: traits.isColored) })
    }

    private static let interval = Duration.seconds(1)
    private static let signalToken: UInt64 = 1
    private static let answerToken: UInt64 = 2
    private static let keyToken: UInt64 = 3
}
