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
    /// Who asks on the control socket, and who is told.
    let control: ControlDesk
    /// The service manager, if there is one.
    private(set) var supervision = Supervision()
    private let signals: SignalDescriptor
    private let started: ProtocolInstant
    /// The same by the clock on the wall, as it was set then.
    let startedAt: WallTime
    let logger: Logger
    /// What `teredo auto` decides by; `nil` when it does not run this role.
    let watch: RoleWatch?
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
        control = try ControlDesk(path: controlSocketPath, sources)
        self.logger = logger
        self.watch = watch
        started = MonotonicClock.now
        startedAt = WallClock.now
        let descriptor = signals.descriptor
        try ServiceError.wrapping { () throws(SystemError) in
            try sources.loop.add(descriptor, token: Self.signalToken)
        }
        if let watch { try sources.add(watch.descriptor, for: watch) }
        if !takesOver { supervision.closeKept(logger) }
        // Parsing the command line and the settings was most of what ran so far.
        ProcessMemory.releaseCode()
    }

    /// Tells the service manager, if there is one, what the role does, in a few words.
    func publish(_ state: String) { supervision.publish(state) }

    /// Tells those who subscribed on the control socket of an event.
    func publish(_ event: ControlEvent) { control.publish(event) }

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
        supervision.turn(now: now)
        var wakeUp = ProtocolInstant.earlier(deadline, watch?.nextTimeout)
        wakeUp = .earlier(wakeUp, .earlier(supervision.nextTimeout, control.nextTimeout(from: source)))
        for position in 0..<sources.loop.wait(until: wakeUp) {
            let token = sources.loop.token(position)
            switch token {
            case Self.signalToken: handleSignals()
            case ControlDesk.tokens:
                control.serve(token, from: source, settings: settings.map { SettingsDesk($0, self) })
            default:
                try sources.serve(token, now: now)
                try settle()
            }
        }
        control.finishTurn(from: source, now: now)
        guard !isStopping, let watch else { return }
        watch.handleTimeout(now: now)
        isStopping = watch.isOver
    }

    /// Reads the settings again, and tells the service manager meanwhile.
    func reload(_ settings: RunningSettings, _ logger: Logger) {
        supervision.tellReload { settings.reload(logger) }
    }

    /// Gives a UDP socket that is made when the privileges have gone the buffers that those before had.
    func enlargeBuffers(_ socket: CInt) { hostProcess?.enlargeBuffers(of: socket) }

    /// Binds a UDP socket to the service port where this process may not do that any more.
    func bind(_ socket: CInt) -> Bool { hostProcess?.bind(socket) ?? false }

    /// Ends the role because its work is done.
    func end(because reason: String) {
        logger.notice("ending: \(reason)")
        stop()
    }

    private func stop() {
        supervision.tellStopping()
        isStopping = true
    }

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
            stop()
        }
    }

    private static let signalToken: UInt64 = 0
}
