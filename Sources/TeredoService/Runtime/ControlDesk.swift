import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoWire

/// The control socket of a role in its event loop: whoever asks is answered, and whoever subscribed is told.
///
/// What only subscribers want to know, the role notes only while there are any.
final class ControlDesk {
    private let server: ControlServer?
    private let sources: SourceRegistry
    /// The messages of the role, while somebody wants to see them.
    let exchanges = ExchangeWatch()
    /// Whether the role notes changes of path, because somebody subscribed.
    private var isWatchingPaths = false

    /// The tokens of the event loop that are the desk's.
    static let tokens = listening..<SourceRegistry.firstToken
    private static let listening: UInt64 = 1
    private static let firstConnection: UInt64 = 1024
    private static let changesPerTurn = 64

    /// Opens the control socket at `path`, if there is to be one, and watches it in the loop of `sources`.
    init(path: String?, _ sources: SourceRegistry) throws(ServiceError) {
        self.sources = sources
        server =
            if let path {
                try ControlServer(path: path, firstToken: Self.firstConnection)
            } else {
                nil
            }
        guard let server else { return }
        try ServiceError.wrapping { () throws(SystemError) in
            try sources.loop.add(server.descriptor, token: Self.listening)
        }
    }

    /// The path of the control socket, or a word for the lack of one.
    var path: String { server?.path ?? "none" }

    /// How many subscribers were hung up on because they did not take what they asked for.
    var droppedSubscribers: UInt64 { UInt64(server?.droppedSubscribers ?? 0) }

    /// Lets the members of a group use the control socket; `nil` changes nothing.
    func share(withGroup name: String?) throws(ServiceError) {
        if let name { try server?.share(withGroup: name) }
    }

    /// Tells those who subscribed of an event.
    func publish(_ event: ControlEvent) { server?.publish(event, in: &sources.loop) }

    /// When to call ``finishTurn(from:now:)`` at the latest.
    func nextTimeout(from source: some ControlSource) -> ProtocolInstant? {
        let own = ProtocolInstant.earlier(server?.nextTimeout, exchanges.deadline)
        return isWatchingPaths ? .earlier(own, source.nextPathChange) : own
    }

    /// Serves what is ready under one of the ``tokens``; `settings` are those that may be asked for and changed.
    func serve(_ token: UInt64, from source: some ControlSource, settings: SettingsDesk?) {
        guard let server else { return }
        guard token != Self.listening else { return server.accept(into: &sources.loop) }
        if let descriptor = server.serve(token, from: source, settings: settings) {
            sources.loop.remove(descriptor)
            server.end(token)
        }
        server.watchPings(in: &sources.loop)
    }

    /// Does what is due, and tells what the role noted for those who subscribed.
    func finishTurn(from source: some ControlSource, now: ProtocolInstant) {
        server?.handleTimeout(from: source)
        publishPaths(from: source)
        publishExchanges(now: now)
    }

    /// Has the role note changes of path while anybody wants to hear of them, and tells them.
    private func publishPaths(from source: some ControlSource) {
        let isWanted = server?.hasSubscribers == true
        if isWanted != isWatchingPaths {
            isWatchingPaths = isWanted
            source.watchPaths(isWanted)
        }
        guard isWanted else { return }
        // Packets must not wait for long: what is left is told in the next turn, which comes at once.
        for _ in 0..<Self.changesPerTurn {
            guard let change = source.pollPathChange() else { return }
            publish(ControlEvent(PathChange(change)))
        }
    }

    /// Has the role note its messages while anybody wants to see them, and tells them.
    private func publishExchanges(now: ProtocolInstant) {
        exchanges.turn(on: server?.hasExchangeSubscribers == true)
        for exchange in exchanges.take(now: now) { publish(ControlEvent(exchange)) }
    }
}
