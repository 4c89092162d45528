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

    /// Takes what there is.
    init() {
        var kept = KeptDescriptors.take()
        interface = kept.removeValue(forKey: Self.interfaceName)
        service = kept.removeValue(forKey: Self.serviceName)
        for descriptor in kept.values { _ = try? OwnedFileDescriptor(descriptor, "dup", "kept") }
    }

    /// The interface of the process before, if it is as the settings want it, else a new one.
    mutating func interface(
        _ configuration: RelayServiceConfiguration,
        _ logger: Logger
    ) throws(ServiceError) -> TUNDevice {
        if let descriptor = interface.take() {
            let taken = TUNDevice(
                takingOver: descriptor,
                name: configuration.handsOver ? configuration.tunnel.interfaceName : "",
                offloads: configuration.tunnel.offloads
            )
            if let taken, !Self.isAnnouncedElsewhere(taken, configuration) {
                logger.notice("goes on with the interface \(configuration.tunnel.interfaceName) of the process before")
                return taken
            }
        }
        return try InterfaceSetup.makeInterface(
            configuration.tunnel.interfaceName,
            role: configuration.role,
            offloads: configuration.tunnel.offloads,
            workers: configuration.tunnel.workers
        )
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
    mutating func service(_ configuration: RelayServiceConfiguration) throws(ServiceError) -> UDPSocket {
        if let descriptor = service.take() {
            let wanted = configuration.handsOver ? configuration.bind : nil
            let taken = UDPSocket(takingOver: descriptor, boundTo: wanted ?? UDPEndpoint(.unspecified, 0))
            if let taken { return taken }
        }
        return try ServicePort.bindService(configuration.bind, isShared: configuration.tunnel.workers > 1)
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
