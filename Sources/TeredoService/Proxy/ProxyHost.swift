import Logging
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProxy
import TeredoSettings
import TeredoWire

/// The host's side of a client that is a TCP stack within this process, with the programs that use it through SOCKS.
///
/// Packets for the host come by ``take(_:)`` and are worked on at the end of the turn; packets of the host go by `transmit`.
final class ProxyHost: ClientHost, DriverPart, PacketSink {
    let name = "proxy"
    /// Hands a packet of the host to the machine.
    var transmit: (Span<UInt8>, ProtocolInstant) -> Void = { _, _ in }
    /// When the program went that this proxy is for alone.
    private var goneAt: ProtocolInstant?
    let stack: TCPStack
    let resolver: IPv6NameResolver
    private var listeners: [ProxyListener]
    /// Whether the program that this proxy is for alone has taken all; `nil` for a proxy for everybody.
    private let isFinished: (() -> Bool)?
    private let sources: SourceRegistry
    /// The programs by their numbers, and the same by the connections of the stack.
    var connections: [Int: ProxyConnection] = [:]
    private var numbers: [Int: Int] = [:]
    private var nextNumber = Source.firstConnection
    var address: IPv6Address?
    /// How many requests were refused because the proxy was full.
    var refusedForRoom: UInt64 = 0
    private var hasPackets = false
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    let logger: Logger

    enum Source {
        static let resolver = 0
        static let firstListener = 1
        static let firstConnection = 1024
    }

    /// Listens where it is told, or serves one program alone.
    init(
        _ listeners: [ProxyListener],
        _ sources: SourceRegistry,
        isFinished: (() -> Bool)?,
        logger: Logger
    ) throws(ServiceError) {
        guard let stack = TCPStack() else {
            throw ServiceError(
                "there is a proxy in this process already",
                remedy: "start another process for another one"
            )
        }
        self.stack = stack
        self.listeners = listeners
        self.sources = sources
        self.isFinished = isFinished
        self.logger = logger
        resolver = try ServiceError.wrapping { () throws(SystemError) in try IPv6NameResolver() }
        try sources.add(resolver.descriptor, for: self, as: Source.resolver)
        for (index, listener) in self.listeners.enumerated() {
            try sources.add(listener.descriptor, for: self, as: Source.firstListener + index)
        }
    }

    /// How many programs there may be that have said what they want.
    static let limit = TCPStack.connectionLimit
    /// How many there may be beside them whose request is not yet there, so that a full proxy can still tell that it is.
    private static let negotiationRoom = 32
    /// How long a program may take for its request, and how long at a full proxy.
    private static let negotiationTime = (usual: Duration.seconds(10), full: Duration.seconds(3))
    /// How long a request waits for a Teredo address.
    static let qualificationTime = Duration.seconds(30)

    // MARK: The host's side of a client

    let gate: InboundGate? = nil
    var parts: [any DriverPart] { [self] }
    var place: String {
        let endpoints = listeners.map { $0.endpoint.description }.joined(separator: ", ")
        return endpoints.isEmpty ? "no interface" : "SOCKS proxy at \(endpoints)"
    }
    var farewell: String {
        let refusals = refusedForRoom > 0 ? "; it was full for \(refusedForRoom) requests" : ""
        return "the proxy and its connections are gone\(refusals)"
    }

    func announce(isAlone: Bool) {
        for listener in listeners where !listener.endpoint.isLoopback {
            logger.warning("whoever reaches \(listener.endpoint) uses this client: nobody is asked for a password")
        }
    }

    func assign(_ address: IPv6Address, routes: [IPv6Prefix], mtu: Int) throws(ServiceError) {
        self.address = address
        stack.setTime(MonotonicClock.now)
        stack.setAddress(address)
        for connection in connections.values.sorted(by: { $0.number < $1.number }) where connection.phase == .waiting {
            connect(connection, now: MonotonicClock.now)
        }
        hasPackets = true
    }

    /// Packets have 1280 octets at most, whatever is allowed.
    func setMTU(_ mtu: Int, address: IPv6Address?) {}

    /// Connections stay: the same address may be back in a moment.
    func withdraw() { address = nil }

    func look(now: ProtocolInstant) {}

    func end(now: ProtocolInstant) {
        for number in Array(connections.keys) { drop(number, isBroken: true) }
        finishTurn(now: now)
    }

    /// Whether the program that this proxy is for alone has come, taken all and gone, and the other side knows it, if it still listens.
    var isDone: Bool {
        guard let goneAt, isFinished?() == true else { return false }
        return !stack.isActive || MonotonicClock.now - goneAt > Self.farewellTime
    }

    private static let farewellTime = Duration.seconds(2)
    private static let farewellPause = Duration.milliseconds(20)

    func close() {
        for listener in listeners { sources.remove(listener.descriptor) }
        listeners = []
    }

    func describe(in status: inout ClientStatus) {
        status.traffic.inbound = InboundStatus(mode: .filtered)
        status.traffic.proxy = ProxyStatus(
            connections: requestCount,
            connectionLimit: Self.limit,
            refusedRequests: refusedForRoom
        )
    }

    // MARK: A part of the driver

    func take(_ packet: Span<UInt8>) -> Bool {
        hasPackets = true
        // What is refused here is counted with what a kernel refuses.
        return stack.receive(packet) == .taken
    }

    var nextTimeout: ProtocolInstant? {
        if hasPackets { return ProtocolInstant(nanoseconds: 0) }
        var next = stack.nextTimeout
        for connection in connections.values { next = .earlier(next, connection.deadline) }
        // Nothing tells when that program has taken all.
        if goneAt != nil { next = .earlier(next, MonotonicClock.now + Self.farewellPause) }
        return next
    }

    func handle(_ source: Int, now: ProtocolInstant) {
        stack.setTime(now)
        // Whatever comes of it is carried out at the end of the turn.
        hasPackets = true
        switch source {
        case Source.resolver: for answer in resolver.takeAnswers() { take(answer, now: now) }
        case Source.firstListener..<Source.firstConnection: accept(source - Source.firstListener, now: now)
        default: serve(source, now: now)
        }
    }

    func handleTimeout(now: ProtocolInstant) {
        for connection in Array(connections.values) {
            guard let deadline = connection.deadline, deadline <= now else { continue }
            handleDeadline(connection, now: now)
        }
    }

    func finishTurn(now: ProtocolInstant) {
        stack.setTime(now)
        hasPackets = false
        for _ in 0..<Self.roundsPerTurn {
            while let (remote, events) = stack.nextEvents() { handle(events, of: remote, now: now) }
            var hasSent = false
            while stack.nextPacket({ transmit($0, now) }) { hasSent = true }
            if !hasSent, !hasPackets { return }
            hasPackets = false
        }
        // The others get their turn first.
        hasPackets = true
    }

    private static let roundsPerTurn = 8

    // MARK: Programs

    /// Serves a program that is connected already.
    func serve(_ stream: ByteStream, now: ProtocolInstant) {
        if connections.count >= Self.limit + Self.negotiationRoom { makeRoom() }
        let number = nextNumber
        nextNumber += 1
        let time = isFull ? Self.negotiationTime.full : Self.negotiationTime.usual
        let connection = ProxyConnection(number, stream, deadline: now + time)
        do throws(ServiceError) {
            try sources.add(connection.stream.descriptor, for: self, as: number)
        } catch {
            return logger.notice("turned a program away: \(error)")
        }
        connections[number] = connection
    }

    private func accept(_ index: Int, now: ProtocolInstant) {
        guard index < listeners.count else { return }
        for _ in 0..<Self.acceptedPerTurn {
            guard let stream = listeners[index].accept() else { return }
            serve(stream, now: now)
        }
    }

    private static let acceptedPerTurn = 16

    /// Whether there are as many connections as there may be; those whose request is not yet there do not count.
    var isFull: Bool { connections.count >= Self.limit && requestCount >= Self.limit }

    private var requestCount: Int { connections.values.count { $0.phase != .negotiating } }

    /// Turns the program away that has kept everybody waiting for longest: one of ``negotiationRoom`` at least.
    private func makeRoom() {
        let idle = connections.values.filter { $0.phase == .negotiating }.min { $0.number < $1.number }
        if let idle { drop(idle.number) }
    }

    private func serve(_ number: Int, now: ProtocolInstant) {
        guard let connection = connections[number] else { return }
        if connection.phase == .negotiating { return negotiate(connection, now: now) }
        guard connection.isIdle else { return relay(connection) }
        // What a program sent before it hung up is still to be read, as soon as there is room for it.
        guard connection.phase == .relaying, !connection.stream.hasError else { return drop(number, isBroken: true) }
        connection.isUnwatched = true
        sources.remove(connection.stream.descriptor)
    }

    private func negotiate(_ connection: ProxyConnection, now: ProtocolInstant) {
        switch connection.stream.read(into: &buffer, limit: Self.negotiationLimit) {
        case .octets(let count): connection.negotiation.receive(buffer[..<count])
        case .nothing: return
        case .end, .broken: return drop(connection.number)
        }
        while let step = connection.negotiation.next() {
            switch step {
            case .answer(let octets): guard answer(connection, octets) else { return }
            case .connect(let destination): return begin(connection, destination, now: now)
            case .close(let octets, let reason):
                logger.debug("refused a program: \(reason)")
                guard octets.isEmpty || answer(connection, octets) else { return }
                return drop(connection.number)
            }
        }
    }

    /// What is read at once of a program that has not said yet where it wants to go.
    private static let negotiationLimit = 4096

    /// Sends what is so short that there is room for it; drops the program and returns `false` when there is none.
    func answer(_ connection: ProxyConnection, _ octets: [UInt8]) -> Bool {
        if connection.stream.write(octets.span) == octets.count { return true }
        drop(connection.number)
        return false
    }

    // MARK: Octets

    /// Binds a connection of the stack to a program.
    func bind(_ connection: ProxyConnection, to remote: Int) {
        connection.remote = remote
        numbers[remote] = connection.number
    }

    /// Lets go of the program's connection of the stack.
    func unbind(_ connection: ProxyConnection) {
        guard let remote = connection.remote else { return }
        connection.remote = nil
        numbers[remote] = nil
        stack.release(remote)
    }

    private func handle(_ events: TCPEvents, of remote: Int, now: ProtocolInstant) {
        guard let connection = numbers[remote].flatMap({ connections[$0] }) else { return stack.release(remote) }
        if connection.phase == .connecting {
            if events.contains(.failed) { return handleFailure(of: connection, now: now) }
            guard events.contains(.connected), establish(connection) else { return }
        }
        if events.contains(.ended) { connection.noteRemoteEnd() }
        relay(connection)
        if events.contains(.failed), connections[connection.number] != nil {
            drop(connection.number, isBroken: true)
        }
    }

    private func relay(_ connection: ProxyConnection) {
        switch connection.relay(stack, &buffer) {
        case .goesOn: follow(connection)
        case .isOver: drop(connection.number)
        case .isBroken: drop(connection.number, isBroken: true)
        }
    }

    /// Has the loop tell what the connection waits for.
    func follow(_ connection: ProxyConnection) {
        let interest = connection.interest
        if connection.isUnwatched {
            guard !connection.isIdle else { return }
            do throws(ServiceError) {
                try sources.add(connection.stream.descriptor, for: self, as: connection.number)
            } catch {
                return drop(connection.number, isBroken: true)
            }
            connection.isUnwatched = false
            connection.watched = (true, false)
        }
        guard interest != connection.watched else { return }
        connection.watched = interest
        sources.change(connection.stream.descriptor, input: interest.input, output: interest.output)
    }

    /// Ends with a program; a connection that is not over is broken off on both sides.
    func drop(_ number: Int, isBroken: Bool = false) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        if connection.phase == .resolving { resolver.cancel(number) }
        sources.remove(connection.stream.descriptor)
        if isBroken { connection.stream.resetAtClose() }
        unbind(connection)
        hasPackets = true
        if isFinished != nil { goneAt = MonotonicClock.now }
    }
}
