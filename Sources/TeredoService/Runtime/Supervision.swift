import Logging
import TeredoHost
import TeredoLinux
import TeredoWire

/// What the service manager is told of a role, and keeps for its next process; without a manager nobody is told.
struct Supervision {
    private let manager: ServiceManager?
    private var isReady = false
    private var nextSignOfLife: ProtocolInstant?

    /// Begins with the manager that the environment tells of, unless another one is given.
    init(manager: ServiceManager? = ServiceManager()) { self.manager = manager }

    /// Whether there is a service manager.
    var isManaged: Bool { manager != nil }

    /// When to call ``turn(now:)`` at the latest; `nil` when the manager wants no signs of life.
    var nextTimeout: ProtocolInstant? { nextSignOfLife }

    /// Tells once that the role has begun, and as often as the manager wants that it still runs.
    mutating func turn(now: ProtocolInstant) {
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

    /// Tells what the role does, in a few words.
    func publish(_ state: String) { manager?.tell("STATUS=\(state)") }

    /// Tells that the settings are read again while `reload` runs.
    func tellReload(_ reload: () -> Void) {
        manager?.tellReloading()
        reload()
        manager?.tell("READY=1")
    }

    /// Tells that the role ends.
    func tellStopping() { manager?.tell("STOPPING=1") }

    /// Has a descriptor kept for the next process.
    func keep(_ descriptor: CInt, as name: String) { manager?.keep(descriptor, as: name) }

    /// Has closed what is kept under `names`, and waits for that: until then things of the same name cannot be made.
    func forget(_ names: some Sequence<String>) {
        for name in names { manager?.forget(name) }
        manager?.waitUntilDone(upTo: .seconds(1))
    }

    /// Closes what was kept of an earlier process, which was another role, and has it forgotten: interface, routes and port would stay for
    /// as long as the service.
    func closeKept(_ logger: Logger) {
        let kept = KeptDescriptors.take()
        guard !kept.isEmpty else { return }
        let names = kept.keys.sorted()
        logger.notice("closes what the service manager kept of an earlier process: \(names.joined(separator: ", "))")
        let interfaces = kept.values.compactMap { TUNDevice.interfaceName(of: $0) }
        for descriptor in kept.values { _ = try? OwnedFileDescriptor(descriptor, "dup", "kept") }
        forget(names)
        for interface in interfaces { NetworkInterface.waitForEnd(of: interface, upTo: .seconds(1)) }
    }
}
