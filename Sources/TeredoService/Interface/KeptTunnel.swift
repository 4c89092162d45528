import Logging
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Interface and service port of a relay that a service manager kept from its last process to this one: packets waited in them
/// meanwhile, and routes that lead to the interface stayed.
///
/// That is how an upgrade loses nothing (docs/fleet.md). Only what fits the settings is taken over; the rest is made anew.
struct KeptTunnel: ~Copyable {
    private var interface: CInt?
    private var service: CInt?

    /// The names under which the manager keeps them.
    static let interfaceName = "teredo-interface"
    static let serviceName = "teredo-service"

    /// For how long something of the process before is waited for that the kernel removes after its last descriptor.
    private static let patience = Duration.seconds(1)

    /// Takes what there is.
    ///
    /// The manager is told to forget it: of what is not taken over its descriptors would keep interface, routes and port, and of two
    /// things with one name it would hand over the older one next time.
    init(_ runtime: ServiceRuntime) {
        var kept = KeptDescriptors.take()
        if !kept.isEmpty { runtime.supervision.forget(kept.keys.sorted()) }
        interface = kept.removeValue(forKey: Self.interfaceName)
        service = kept.removeValue(forKey: Self.serviceName)
        for descriptor in kept.values { _ = try? OwnedFileDescriptor(descriptor, "dup", "kept") }
    }

    /// The interface of the process before, if it is as the settings want it, else a new one; `process` makes that for a role that has
    /// no privileges any more.
    mutating func interface(
        _ configuration: RelayServiceConfiguration,
        by process: HostProcess?,
        _ logger: Logger
    ) throws(ServiceError) -> TUNDevice {
        if let descriptor = interface.take() {
            let before = TUNDevice.interfaceName(of: descriptor)
            if let taken = Self.take(descriptor, configuration) {
                logger.notice("goes on with the interface \(configuration.tunnel.interfaceName) of the process before")
                return taken
            }
            if let before { Self.retire(before, logger) }
        }
        return try InterfaceSetup.makeInterface(
            configuration.tunnel.interfaceName,
            role: configuration.role,
            offloads: configuration.tunnel.offloads,
            workers: configuration.tunnel.workers,
            by: process
        )
    }

    /// Takes an interface over that is as the settings want it; closes any other.
    private static func take(_ descriptor: CInt, _ configuration: RelayServiceConfiguration) -> TUNDevice? {
        let taken = TUNDevice(
            takingOver: descriptor,
            name: configuration.handsOver ? configuration.tunnel.interfaceName : "",
            offloads: configuration.tunnel.offloads
        )
        guard let taken, !isAnnouncedElsewhere(taken, configuration) else { return nil }
        return taken
    }

    /// Whether the process before announced itself in a table that this one does not know: with the interface that goes.
    private static func isAnnouncedElsewhere(
        _ interface: borrowing TUNDevice,
        _ configuration: RelayServiceConfiguration
    ) -> Bool {
        let known = [Int(IPv6Route.mainTable), configuration.announcement.table]
        let state = try? Netlink.state(ofInterface: interface.index)
        return (state ?? nil)?.routes.contains { $0.prefix == .teredo && !known.contains(Int($0.table)) } ?? true
    }

    /// The service port of the process before, with what waits in it, if it is bound as the settings want it, else a new one.
    ///
    /// A role that has no privileges any more is helped by `process`.
    mutating func service(
        _ configuration: RelayServiceConfiguration,
        by process: HostProcess?
    ) throws(ServiceError) -> UDPSocket {
        if let descriptor = service.take() {
            let wanted = configuration.handsOver ? configuration.bind : nil
            let taken = UDPSocket(takingOver: descriptor, boundTo: wanted ?? UDPEndpoint(.unspecified, 0))
            if let taken { return taken }
            // It is the same port, perhaps, and the manager may close it a little later than it says.
            let deadline = MonotonicClock.now + Self.patience
            while MonotonicClock.now < deadline {
                if let socket = try? Self.newService(configuration, by: process) { return socket }
                Pause.sleep(.milliseconds(20))
            }
        }
        return try Self.newService(configuration, by: process)
    }

    private static func newService(
        _ configuration: RelayServiceConfiguration,
        by process: HostProcess?
    ) throws(ServiceError) -> UDPSocket {
        try ServicePort.bindService(
            configuration.bind,
            isShared: configuration.tunnel.workers > 1,
            by: process.map { $0.bind }
        )
    }

    /// Waits until an interface of which all descriptors are closed is gone, and its routes with it.
    private static func retire(_ name: String, _ logger: Logger) {
        logger.notice("the interface \(name) of the process before does not fit the settings: made anew")
        NetworkInterface.waitForEnd(of: name, upTo: patience)
    }
}

extension RelayServiceConfiguration {
    /// Whether interface and service port can be handed from one process to the next: not with what has several queues, belongs to
    /// programs in the kernel, is told of to a hook, or needs settings of the kernel that are taken back at the end.
    var handsOver: Bool {
        role == .relay && tunnel.workers == 1 && tunnel.dataPath == .userspace && tunnel.hook == nil && bind != nil
            && !masquerades
    }
}
