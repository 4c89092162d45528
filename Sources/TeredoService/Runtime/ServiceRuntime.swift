import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// What every driver has: event loop, signals, control socket, clock and logger.
final class ServiceRuntime {
    /// The descriptors of the driver's parts.
    let sources: SourceRegistry
    private let signals: SignalDescriptor
    private let control: ControlServer?
    private let started: ProtocolInstant
    /// The same by the clock on the wall, as it was set then.
    let startedAt: WallTime
    private let manager = ServiceManager()
    private var nextSignOfLife: ProtocolInstant?
    private var isReady = false
    /// The messages of the role, while somebody wants to see them.
    let exchanges = ExchangeWatch()
    /// Whether the role notes changes of path, because somebody subscribed.
    private var isWatchingPaths = false
    let logger: Logger
    private let watch: RoleWatch?
    /// The settings that hold: SIGHUP reads them again instead of ending the role, if there is a file.
    var settings: RunningSettings?
    /// Whether a signal asked the role to end, or the host calls for another role.
    private(set) var isStopping = false {
        // It may hold the driver, which holds this: neither would go away, and the control socket would stay behind.
        didSet { if isStopping { settings = nil } }
    }
    /// What SIGUSR1 begins; `nil` for a role that ends at once only.
    var drain: Drain?
    /// The last signal that asked for that.
    private(set) var endingSignal: CInt?
    /// Changes the host for the role, and holds programs in the kernel for it; `nil` for a role that has no such process.
    var hostProcess: HostProcess?
    /// Takes a signal instead of ending; returns whether it did.
    var divertSignal: ((_ number: CInt, _ isFromTerminal: Bool) -> Bool)?

    private enum Token {
        static let signals: UInt64 = 0
        static let control: UInt64 = 1
        /// Those of the connections follow, below those of the driver's parts.
        static let connections: UInt64 = 1024
    }

    /// Opens the control socket at `controlSocketPath`, if there is to be one, and takes the signals over; the role also
    /// ends with its `watch`.
    ///
    /// What a service manager kept of an earlier process is closed, unless the role `takesOver` what it can use of it.
    init(
        controlSocketPath: String?,
        logger: Logger,
        watch: RoleWatch? = nil,
        takesOver: Bool = false
    ) throws(ServiceError) {
        signals = try ServiceError.wrapping { () throws(SystemError) in try SignalDescriptor() }
        sources = try SourceRegistry()
        control =
            if let controlSocketPath {
                try ControlServer(path: controlSocketPath, firstToken: Token.connections)
            } else {
                nil
            }
        self.logger = logger
        self.watch = watch
        started = MonotonicClock.now
        startedAt = WallClock.now
        try add(signals.descriptor, token: Token.signals)
        if let control { try add(control.descriptor, token: Token.control) }
        if let watch { try sources.add(watch.descriptor, for: watch) }
        if !takesOver { closeKept() }
        // Parsing the command line and the settings was most of what ran so far.
        ProcessMemory.releaseCode()
    }

    /// Lets the members of a group use the control socket; `nil` changes nothing.
    func shareControl(withGroup name: String?) throws(ServiceError) {
        if let name { try control?.share(withGroup: name) }
    }

    /// Tells the service manager, if there is one, what the role does, in a few words.
    func publish(_ state: String) { manager?.tell("STATUS=\(state)") }

    /// The roles that `teredo auto` took on, the newest first; `nil` when it does not run this one.
    var roleHistory: [RoleChange]? { watch?.roles(now: now) }

    /// What `teredo auto` was told with `--type`; `nil` when it does not run this role.
    var autoType: AutoType? { watch?.type }

    /// What the network is; `nil` when nobody was told what a managed network is.
    var network: NetworkKind? { watch?.network }

    /// Whether something watches that the role is the right one.
    var isWatched: Bool { watch != nil }

    /// Tells those who subscribed on the control socket of an event.
    func publish(_ event: ControlEvent) { control?.publish(event, in: &sources.loop) }

    /// How many subscribers were hung up on because they did not take what they asked for.
    var droppedSubscribers: UInt64 { UInt64(control?.droppedSubscribers ?? 0) }

    /// The path of the control socket, or a word for the lack of one.
    var controlSocketPath: String { control?.path ?? "none" }

    /// How long the role has run.
    var uptime: Duration { now - started }

    /// The time now in the machines' terms.
    var now: ProtocolInstant { MonotonicClock.now }

    /// Waits for input or until `deadline`, and serves signals and control connections.
    ///
    /// The driver's parts serve what is theirs, and `settle` is called after each of them. Throws when the role cannot go on.
    func wait(
        until deadline: ProtocolInstant?,
        control source: some ControlSource,
        settle: () throws(ServiceError) -> Void
    ) throws(ServiceError) {
        tellManager()
        var wakeUp = ProtocolInstant.earlier(deadline, watch?.nextTimeout)
        wakeUp = .earlier(wakeUp, .earlier(nextSignOfLife, control?.nextTimeout))
        wakeUp = .earlier(wakeUp, exchanges.deadline)
        if isWatchingPaths { wakeUp = .earlier(wakeUp, source.nextPathChange) }
        for position in 0..<sources.loop.wait(until: wakeUp) {
            let token = sources.loop.token(position)
            switch token {
            case Token.signals: handleSignals()
            case Token.control: control?.accept(into: &sources.loop)
            case Token.connections..<SourceRegistry.firstToken: serve(token, from: source)
            default:
                try sources.serve(token, now: now)
                try settle()
            }
        }
        control?.handleTimeout(from: source)
        publishPaths(from: source)
        publishExchanges()
        guard !isStopping, let watch else { return }
        watch.handleTimeout(now: now)
        isStopping = watch.isOver
    }

    private func serve(_ token: UInt64, from source: some ControlSource) {
        if let descriptor = control?.serve(token, from: source, settings: settings.map { SettingsDesk($0, self) }) {
            sources.loop.remove(descriptor)
            control?.end(token)
        }
        control?.watchPings(in: &sources.loop)
    }

    /// Reads the settings again, and tells the service manager meanwhile.
    func reload(_ settings: RunningSettings, _ logger: Logger) {
        manager?.tellReloading()
        settings.reload(logger)
        manager?.tell("READY=1")
    }

    /// Has the role note changes of path while anybody wants to hear of them, and tells them.
    private func publishPaths(from source: some ControlSource) {
        let isWanted = control?.hasSubscribers == true
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
    private func publishExchanges() {
        exchanges.turn(on: control?.hasExchangeSubscribers == true)
        for exchange in exchanges.take(now: now) { publish(ControlEvent(exchange)) }
    }

    private static let changesPerTurn = 64

    private func add(_ descriptor: CInt, token: UInt64) throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in try sources.loop.add(descriptor, token: token) }
    }

    /// Tells the service manager once that the role has begun, and as often as it wants that it still runs.
    private func tellManager() {
        guard let manager else { return }
        if !isReady {
            isReady = true
            manager.tell("READY=1")
            if manager.watchdogInterval != nil { nextSignOfLife = now }
        }
        guard let interval = manager.watchdogInterval, let due = nextSignOfLife, now >= due else { return }
        manager.tell("WATCHDOG=1")
        nextSignOfLife = now + interval / 2
    }

    /// Gives a UDP socket that is made when the privileges have gone the buffers that those before had.
    func enlargeBuffers(_ socket: CInt) { hostProcess?.enlargeBuffers(of: socket) }

    /// Binds a UDP socket to the service port where this process may not do that any more.
    func bind(_ socket: CInt) -> Bool { hostProcess?.bind(socket) ?? false }

    /// Ends the role because its work is done.
    func end(because reason: String) {
        logger.notice("ending: \(reason)")
        manager?.tell("STOPPING=1")
        isStopping = true
    }

    /// Has the service manager keep a descriptor for the next process, where there is one that may.
    func keep(_ descriptor: CInt, as name: String) { manager?.keep(descriptor, as: name) }

    /// Has the service manager close what it keeps under `names`, and waits for that: until then things of the same name cannot be made.
    func forget(_ names: some Sequence<String>) {
        for name in names { manager?.forget(name) }
        manager?.waitUntilDone(upTo: .seconds(1))
    }

    /// Closes what the service manager kept of an earlier process, which was another role, and has it forget that: interface, routes and
    /// port would stay for as long as the service.
    private func closeKept() {
        let kept = KeptDescriptors.take()
        guard !kept.isEmpty else { return }
        let names = kept.keys.sorted()
        logger.notice("closes what the service manager kept of an earlier process: \(names.joined(separator: ", "))")
        let interfaces = kept.values.compactMap { TUNDevice.interfaceName(of: $0) }
        for descriptor in kept.values { _ = try? OwnedFileDescriptor(descriptor, "dup", "kept") }
        forget(names)
        for interface in interfaces { NetworkInterface.waitForEnd(of: interface, upTo: .seconds(1)) }
    }

    /// Whether there is a service manager.
    var isManaged: Bool { manager != nil }

    private func handleSignals() {
        while let (number, isFromTerminal) = signals.next() {
            if let divertSignal, divertSignal(number, isFromTerminal) { continue }
            if SignalName(number) == .hangUp, let settings, settings.hasFile {
                reload(settings, logger)
                continue
            }
            if SignalName(number) == .drain {
                if let drain {
                    drain.set(true, now: now)
                } else {
                    logger.notice("SIGUSR1 is ignored: only a server, relay or gateway can drain")
                }
                continue
            }
            endingSignal = number
            logger.info("ending: received \(SignalName(number))")
            manager?.tell("STOPPING=1")
            isStopping = true
        }
    }
}
