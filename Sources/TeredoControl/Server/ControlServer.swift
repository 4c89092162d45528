import FoundationEssentials
package import TeredoHost
package import TeredoLinux
package import TeredoWire

/// The control socket of a role: listens, and serves a bounded number of connections from the event loop.
package final class ControlServer {
    /// The path of the socket.
    package let path: String
    private var listener: UnixListener
    private var connections: [UInt64: ControlConnection] = [:]
    private var nextToken: UInt64
    private var pings: ControlPings
    private var subscribers: Set<UInt64> = []
    /// Those of them that want to hear of single messages.
    private var exchangeSubscribers: Set<UInt64> = []
    /// How many subscribers were disconnected because they did not read what they asked for.
    package private(set) var droppedSubscribers = 0

    /// Listens at `path`, in a directory that is made when it is missing; connections get tokens from `firstToken` on.
    ///
    /// `openEcho` makes what sends the echo request of a ping.
    package init(
        path: String,
        firstToken: UInt64,
        openEcho: @escaping (IPv6Address) throws(SystemError) -> any PingEcho = KernelEcho.open
    ) throws(ServiceError) {
        pings = ControlPings(open: openEcho)
        try Self.makeDirectory(of: path)
        listener = try ServiceError.wrapping { () throws(SystemError) in try UnixListener(path: path) }
        self.path = path
        nextToken = firstToken
        CrashGuard.removeOnCrash(path)
    }

    deinit {
        CrashGuard.disarm()
    }

    /// The listening descriptor, for the event loop.
    package var descriptor: CInt { listener.descriptor }

    /// Lets the members of the group `name` ask too.
    package func share(withGroup name: String) throws(ServiceError) {
        guard let group = SystemGroup(named: name) else {
            throw ServiceError(
                "--control-group: there is no group '\(name)'",
                remedy: "make it (groupadd --system \(name)), or choose one that 'getent group' lists"
            )
        }
        try ServiceError.wrapping { () throws(SystemError) in try listener.share(withGroup: group) }
    }

    /// Accepts the connections that wait; beyond the limit the oldest connection that does not subscribe is closed.
    ///
    /// Packets must not wait for somebody who connects without a pause: what still waits is accepted in the next turn, which comes at once.
    package func accept(into loop: inout EventLoop) {
        for _ in 0..<Self.connectionLimit {
            guard let stream = listener.accept() else { return }
            let connection = ControlConnection(stream)
            if connections.count == Self.connectionLimit,
                let oldest = connections.keys.filter({ !subscribers.contains($0) }).min()
            {
                close(oldest, in: &loop)
            }
            do {
                try loop.add(connection.descriptor, token: nextToken)
            } catch {
                continue
            }
            connections[nextToken] = connection
            nextToken += 1
        }
    }

    /// Serves the connection of `token`, if there is one; returns it when it is over, to be watched no longer.
    ///
    /// Else something may have come of the ping of that token.
    ///
    /// What is done to `settings` may change what the event loop watches.
    package func serve(
        _ token: UInt64,
        from source: some ControlSource,
        settings: (any ControlledSettings)? = nil
    ) -> CInt? {
        guard let connection = connections[token] else {
            if let ended = pings.takeArrival(token, path: { PingPath(to: $0, from: source) }) { deliver(ended) }
            return nil
        }
        let isOpen = connection.serve { line in
            ControlProtocol.answer(
                line,
                from: source,
                subscribe: { subscribe(token, withExchanges: $0) },
                settings: settings,
                mayChange: connection.isPrivileged,
                ping: { inquiry throws(ControlError) in try ping(inquiry, token) }
            )
        }
        return isOpen ? nil : connection.descriptor
    }

    /// Forgets the connection of `token`, which closes it.
    package func end(_ token: UInt64) {
        connections[token] = nil
        subscribers.remove(token)
        exchangeSubscribers.remove(token)
        pings.cancel(token)
    }

    /// Watches for the replies to the pings that began since the last call.
    package func watchPings(in loop: inout EventLoop) { pings.watch(in: &loop) }

    /// When to call ``handleTimeout(from:)``; `nil` while nobody waits for a ping.
    package var nextTimeout: ProtocolInstant? { pings.nextTimeout }

    /// Answers the pings that waited long enough.
    package func handleTimeout(from source: some ControlSource) {
        let now = MonotonicClock.now
        guard let nextTimeout, now >= nextTimeout else { return }
        for ended in pings.takeExpired(now, path: { PingPath(to: $0, from: source) }) { deliver(ended) }
    }

    /// How many pings are under way.
    package var pingCount: Int { pings.count }

    /// Whether anybody wants to hear of events.
    package var hasSubscribers: Bool { !subscribers.isEmpty }

    /// Whether anybody wants to hear of single messages.
    package var hasExchangeSubscribers: Bool { !exchangeSubscribers.isEmpty }

    /// Tells those who want to hear of an event; one that does not read is disconnected.
    package func publish(_ event: ControlEvent, in loop: inout EventLoop) {
        let listeners = event.event == .exchange ? exchangeSubscribers : subscribers
        guard !listeners.isEmpty, let line = try? JSONText.encode(event, isPretty: false) else { return }
        for token in listeners.sorted() {
            let isTaken = connections[token]?.send(line)
            if isTaken == true { continue }
            if isTaken == false { droppedSubscribers += 1 }
            close(token, in: &loop)
        }
    }

    private func ping(_ inquiry: PingInquiry, _ connection: UInt64) throws(ControlError) -> PingStart {
        defer { nextToken += 1 }
        return try pings.begin(inquiry, connection: connection, token: nextToken)
    }

    /// Closing takes a descriptor out of the event loop as well.
    private func deliver(_ ended: ControlPings.Ended) {
        let line = ControlProtocol.answer(ended.inquiry, with: ended.answer)
        if connections[ended.connection]?.send(line) != true { end(ended.connection) }
    }

    private func subscribe(_ token: UInt64, withExchanges: Bool) -> ControlSubscription? {
        guard subscribers.contains(token) || subscribers.count < Self.subscriberLimit else { return nil }
        subscribers.insert(token)
        if withExchanges { exchangeSubscribers.insert(token) } else { exchangeSubscribers.remove(token) }
        return ControlSubscription(withExchanges: withExchanges)
    }

    private func close(_ token: UInt64, in loop: inout EventLoop) {
        if let connection = connections[token] { loop.remove(connection.descriptor) }
        end(token)
    }

    private static let connectionLimit = 16
    private static let subscriberLimit = 4

    private static func makeDirectory(of path: String) throws(ServiceError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let directory = String(path[..<slash])
        guard !FileManager.default.fileExists(atPath: directory) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        } catch {
            throw ServiceError(
                "cannot make the directory \(directory) of the control socket",
                remedy: "run with sudo, or choose a path you may write to with --control-socket"
            )
        }
    }
}
