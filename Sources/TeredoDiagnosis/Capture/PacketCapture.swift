package import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoWire

/// Writes what a role sends and receives to a file, inside the tunnel and outside, for as long and as much as allowed.
package struct PacketCapture: Sendable {
    /// How many packets are looked at before signals and time are.
    private static let batch = 256
    /// How often the interface is looked for.
    private static let interfaceCheckInterval = Duration.seconds(1)

    /// The index of the TUN interface; `nil` for a server, which has none.
    private let interfaceIndex: Int32?
    /// The name of the TUN interface.
    private let interfaceName: String
    /// The UDP ports of the role.
    private let ports: Set<UInt16>
    /// The longest time.
    package var timeLimit = Duration.seconds(60)
    /// How much is kept.
    package var limits = CaptureRecorder.Limits()

    /// What ended a capture.
    package enum End: Hashable, Sendable {
        /// The time is over.
        case time
        /// A signal arrived.
        case interruption
        /// The file is as large as allowed.
        case octets
        /// There are as many packets as wanted.
        case packets
        /// The role took its interface away.
        case interfaceGone
    }

    /// What was captured.
    package struct Summary: Hashable, Sendable {
        /// Packets inside the tunnel.
        package var inner = 0
        /// Packets outside: UDP over IPv4.
        package var outer = 0
        /// Packets of this machine, whoever's, that came faster than they could be looked at.
        package var lost = 0
        /// What ended it.
        package var end = End.time
    }

    /// A capture for the role that gave a report; throws when it has nothing to capture.
    package init(of report: StatusReport) throws(ServiceError) {
        switch report {
        case .client(let status):
            try self.init(interface: status.dataPath.interface, endpoints: [status.mapping.localEndpoint])
        case .relay(let status):
            try self.init(interface: status.dataPath.interface, endpoints: [status.identity.localEndpoint])
        case .server(let status): try self.init(interface: nil, endpoints: [status.primary, status.secondary])
        case .gateway(let status):
            try self.init(
                interface: status.relay.dataPath.interface,
                endpoints: [status.relay.identity.localEndpoint, status.server.primary]
            )
        case .dormant:
            throw ServiceError(
                "the role is dormant: it sends and receives nothing",
                remedy: "capture when 'teredo status' shows a client or a host-relay"
            )
        }
    }

    private init(interface: String?, endpoints: [UDPEndpoint?]) throws(ServiceError) {
        ports = Set(endpoints.compactMap { $0?.port })
        interfaceName = interface ?? "none"
        interfaceIndex = interface.flatMap { NetworkInterface.index(named: $0) }
        guard interface == nil || interfaceIndex != nil else {
            throw ServiceError(
                "there is no interface \(interfaceName) here, though the role says that it has one",
                remedy: "capture in the network namespace of the role, for example with 'nsenter --target PID --net'"
            )
        }
    }

    /// What is captured, in a few words.
    package var description: String {
        let numbers = ports.sorted().map(String.init).joined(separator: " and ")
        let outside = numbers.isEmpty ? "nothing outside (the role has no port yet)" : "UDP port \(numbers) outside"
        return interfaceIndex == nil ? outside : "interface \(interfaceName) inside, \(outside)"
    }

    /// Captures to the file at `path` ('-' for standard output) until a limit is reached or a signal arrives; `onStart` is
    /// called when nothing can be missed any more.
    package func run(to path: String, onStart: () -> Void) throws(ServiceError) -> Summary {
        Interruption.watch()
        var tap = try openTap()
        let file = try openFile(at: path)
        onStart()
        var recorder = CaptureRecorder(
            interfaceIndex: interfaceIndex,
            interfaceName: interfaceName,
            ports: ports,
            limits: limits
        )
        let deadline = MonotonicClock.now + timeLimit
        var nextInterfaceCheck = MonotonicClock.now + Self.interfaceCheckInterval
        var end = try write(recorder.header, to: file, deadline: deadline) ? nil : self.end(deadline: deadline)
        while end == nil {
            // Asked before the packets are taken, so that those of the last moment are in the file.
            end = self.end(deadline: deadline)
            if end == nil, MonotonicClock.now >= nextInterfaceCheck {
                nextInterfaceCheck = nextInterfaceCheck + Self.interfaceCheckInterval
                if isInterfaceGone { end = .interfaceGone }
            }
            let records = tap.drain(limit: Self.batch)
            let isWritten = try write(recorder.blocks(for: records), to: file, deadline: deadline)
            switch recorder.reached {
            case .octets: end = .octets
            case .packets: end = .packets
            case nil: break
            }
            if !isWritten { end = self.end(deadline: deadline) }
            if end == nil, records.isEmpty { Pause.sleep(.milliseconds(5)) }
        }
        return Summary(
            inner: recorder.innerCount,
            outer: recorder.outerCount,
            lost: tap.takeLost(),
            end: end ?? .time
        )
    }

    private func end(deadline: ProtocolInstant) -> End? {
        if Interruption.isRequested { return .interruption }
        return MonotonicClock.now >= deadline ? .time : nil
    }

    private var isInterfaceGone: Bool {
        interfaceIndex != nil && NetworkInterface.index(named: interfaceName) != interfaceIndex
    }

    private func write(
        _ bytes: [UInt8],
        to file: borrowing OutputFile,
        deadline: ProtocolInstant
    ) throws(ServiceError) -> Bool {
        do {
            return try file.write(bytes) { end(deadline: deadline) == nil }
        } catch {
            throw ServiceError(error)
        }
    }

    private func openFile(at path: String) throws(ServiceError) -> OutputFile {
        do {
            return try OutputFile(path: path)
        } catch {
            guard error != .terminal else {
                throw ServiceError(
                    "standard output is a terminal, which cannot show a capture",
                    remedy: "give a file, or send it to a program: 'teredo capture - | tshark -r -'"
                )
            }
            throw ServiceError("\(path) \(error)", remedy: "give a new file in a folder that you may write to")
        }
    }

    private func openTap() throws(ServiceError) -> PacketTap {
        do {
            return try PacketTap()
        } catch {
            guard error.isNotPermitted else { throw ServiceError(error) }
            throw ServiceError(
                "not permitted to capture: the capability CAP_NET_RAW is missing",
                remedy: "run 'sudo teredo capture ...'"
            )
        }
    }
}
