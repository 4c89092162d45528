import TeredoWire

/// Segments, nodes and events: moves datagrams and packets through virtual time.
final class SimulatedNetwork {
    private enum Event {
        case datagram(SimulatedDatagram, segment: Int, node: Int)
        case error(SimulatedError, segment: Int, node: Int)
        case packet([UInt8], node: Int, traceIndex: Int)
        case wake(node: Int)
    }

    private struct Member {
        let address: IPv4Address
        let node: Int
        /// The only port that is the node's, when another node has the others: server and relay of a gateway.
        let port: UInt16?

        func takes(_ endpoint: UDPEndpoint) -> Bool {
            address == endpoint.address && (port == nil || port == endpoint.port)
        }
    }

    /// The IPv4 Internet or one LAN.
    private struct Segment {
        var fault: LinkFault
        let isLAN: Bool
        var members: [Member] = []
        /// The NAT that leads out of a LAN.
        var gateway: Int?
        /// How many routers stand between any two members.
        let routers: UInt8
        /// How many datagrams pass before one is lost; `nil` when none is to be.
        var datagramsUntilLoss: Int?

        /// Counts a datagram; whether it is the one to be lost.
        mutating func isDoomed() -> Bool {
            guard let left = datagramsUntilLoss else { return false }
            datagramsUntilLoss = left > 0 ? left - 1 : nil
            return left == 0
        }
    }

    private(set) var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    private(set) var trace: [TraceEntry] = []
    var recordsTrace = true
    /// Is told what happens, while somebody wants to know.
    var observe: ((Observation) -> Void)?
    private var queue = EventQueue<Event>()
    private var segments: [Segment] = []
    private var nodes: [any SimulatedNode] = []
    private var scheduledWake: [ProtocolInstant?] = []
    /// Which node did something last, when, and how often at that moment.
    private var wakes: (node: Int, time: ProtocolInstant, count: Int) = (-1, ProtocolInstant(nanoseconds: 0), 0)
    private var hosts: [(address: IPv6Address, node: Int)] = []
    /// The relays that 2001::/32 leads to from native IPv6.
    var relays: [Int] = []
    /// How many octets of a payload an ICMPv4 error quotes; `nil` while none are sent.
    var errorQuote: Int?
    /// How many datagrams links lost, and how many they delivered twice.
    private(set) var losses = 0
    private(set) var duplications = 0
    var ipv6Fault = LinkFault(latency: .milliseconds(10))
    private var generator: SeededGenerator

    init(generator: SeededGenerator) {
        self.generator = generator
    }

    // MARK: Building

    func addSegment(fault: LinkFault, isLAN: Bool, routers: UInt8 = 0) -> Int {
        segments.append(Segment(fault: fault, isLAN: isLAN, routers: routers))
        return segments.count - 1
    }

    func add(_ node: some SimulatedNode) -> Int {
        nodes.append(node)
        scheduledWake.append(nil)
        return nodes.count - 1
    }

    func attach(
        _ node: Int,
        to segment: Int,
        address: IPv4Address,
        port: UInt16? = nil,
        isGateway: Bool = false
    ) {
        segments[segment].members.append(Member(address: address, node: node, port: port))
        if isGateway { segments[segment].gateway = node }
    }

    func detach(_ node: Int, from segment: Int) {
        segments[segment].members.removeAll { $0.node == node }
    }

    /// Whether another node on a segment has this address.
    func isTaken(_ address: IPv4Address, besides node: Int, on segment: Int) -> Bool {
        segments[segment].members.contains { $0.address == address && $0.node != node }
    }

    func addHost(_ address: IPv6Address, node: Int) { hosts.append((address, node)) }

    func setFault(_ fault: LinkFault, segment: Int) { segments[segment].fault = fault }

    func loseDatagram(after count: Int, segment: Int) { segments[segment].datagramsUntilLoss = count }

    // MARK: Running

    /// Runs every event up to and including `end`.
    func run(until end: ProtocolInstant) {
        while let next = queue.next, next <= end { step() }
        now = max(now, end)
    }

    /// Runs until `condition` holds; returns `false` when `end` came first.
    func run(until end: ProtocolInstant, while condition: () -> Bool) -> Bool {
        while condition() {
            guard let next = queue.next, next <= end else {
                now = max(now, end)
                return false
            }
            step()
        }
        return true
    }

    private func step() {
        guard let (time, event) = queue.pop() else { return }
        now = time
        switch event {
        case .datagram(let datagram, let segment, let node):
            nodes[node].receive(datagram, on: segment, in: self)
            scheduleWake(node)
        case .error(let error, let segment, let node):
            nodes[node].receive(error, on: segment, in: self)
            scheduleWake(node)
        case .packet(let packet, let node, let traceIndex):
            setOutcome(.delivered(to: nodes[node].name), traceIndex)
            nodes[node].receive(packet: packet, in: self)
            scheduleWake(node)
        case .wake(let node):
            if scheduledWake[node] == time { scheduledWake[node] = nil }
            if let due = nodes[node].nextTimeout, due <= time {
                countWake(of: node)
                nodes[node].wake(in: self)
            }
            scheduleWake(node)
        }
    }

    /// A node that has something to do at the same moment without end is a fault that would look like a long run.
    private func countWake(of node: Int) {
        wakes = wakes.node == node && wakes.time == now ? (node, now, wakes.count + 1) : (node, now, 1)
        precondition(wakes.count < Self.wakeLimit, "\(nodes[node].name) never sleeps again")
    }

    private static let wakeLimit = 10_000

    /// Makes sure that the node is woken in time; call it after every input from outside the event loop.
    func scheduleWake(_ node: Int) {
        guard let due = nodes[node].nextTimeout.map({ max($0, now) }) else { return }
        if let scheduled = scheduledWake[node], scheduled <= due { return }
        scheduledWake[node] = due
        queue.schedule(.wake(node: node), at: due)
    }

    // MARK: IPv4

    /// Sends a new datagram from a node.
    func send(
        _ payload: [UInt8],
        from source: UDPEndpoint,
        to destination: UDPEndpoint,
        timeToLive: UInt8 = SimulatedDatagram.usualTimeToLive,
        by node: Int,
        on segment: Int
    ) {
        let index = record(
            payload,
            sender: node,
            .init(source: source, destination: destination),
            meaning: PacketMeaning.ofDatagram(payload, to: destination)
        )
        let datagram = SimulatedDatagram(
            source: source,
            destination: destination,
            timeToLive: timeToLive,
            payload: payload,
            traceIndex: index,
            origin: node
        )
        observe?(
            .sent(
                SentDatagram(
                    time: now,
                    sender: nodes[node].name,
                    source: source,
                    destination: destination,
                    payload: payload,
                    isHostile: nodes[node].isHostile
                )
            )
        )
        forward(datagram, by: node, on: segment)
    }

    /// Puts a datagram onto a segment, where it finds its receiver or gets lost.
    func forward(_ datagram: SimulatedDatagram, by node: Int, on segment: Int) {
        let receivers = receivers(of: datagram, sender: node, on: segment)
        if receivers.isEmpty {
            setOutcome(.lost("no such host"), datagram.traceIndex)
            if !datagram.destination.address.isMulticast {
                report(.hostUnreachable, about: datagram, by: Self.router, on: segment)
            }
            return
        }
        guard datagram.timeToLive > segments[segment].routers else {
            return setOutcome(.lost("a router on the way"), datagram.traceIndex)
        }
        var datagram = datagram
        datagram.timeToLive -= segments[segment].routers
        for receiver in receivers {
            var delays = segments[segment].fault.delays(using: &generator)
            if segments[segment].isDoomed() { delays = [] }
            if delays.count == 2 { duplications += 1 }
            if delays.isEmpty {
                losses += 1
                lostOnLink("link", towards: receiver, datagram.traceIndex)
            }
            for delay in delays {
                queue.schedule(.datagram(datagram, segment: segment, node: receiver), at: now + delay)
            }
        }
    }

    private func receivers(of datagram: SimulatedDatagram, sender: Int, on segment: Int) -> [Int] {
        let place = segments[segment]
        if datagram.destination.address.isMulticast {
            guard place.isLAN else { return [] }
            return place.members.map(\.node).filter { $0 != sender && $0 != place.gateway }
        }
        if let member = place.members.first(where: { $0.takes(datagram.destination) }) {
            return [member.node]
        }
        return place.gateway.flatMap { $0 == sender ? nil : [$0] } ?? []
    }

    /// Notes that a datagram reached a node that is its end.
    func delivered(_ datagram: SimulatedDatagram, to name: String) {
        setOutcome(.delivered(to: name), datagram.traceIndex)
        observe?(
            .received(
                ReceivedDatagram(
                    time: now,
                    receiver: name,
                    sender: nodes[datagram.origin].name,
                    source: datagram.source,
                    payload: datagram.payload,
                    isHostile: nodes[datagram.origin].isHostile
                )
            )
        )
    }

    /// Notes that a packet out of a tunnel is given to the host `name`, or to the IPv6 network behind it.
    func handedOver(_ packet: [UInt8], to name: String, from datagram: SimulatedDatagram?) {
        observe?(
            .handedOver(
                HandedOverPacket(
                    time: now,
                    receiver: name,
                    packet: packet,
                    source: datagram?.source,
                    isHostile: datagram.map { nodes[$0.origin].isHostile } ?? false
                )
            )
        )
    }

    /// Notes that a datagram ended at `place`.
    func lost(_ datagram: SimulatedDatagram, at place: String) {
        setOutcome(.lost(place), datagram.traceIndex)
    }

    // MARK: ICMPv4 errors

    /// Tells the sender of a datagram what became of it on `segment`, when errors are sent at all.
    func report(_ kind: ICMPv4Error.Kind, about datagram: SimulatedDatagram, by reporter: IPv4Address, on segment: Int)
    {
        guard let errorQuote else { return }
        let error = SimulatedError(
            kind: kind,
            reporter: reporter,
            source: datagram.source,
            destination: datagram.destination,
            quoted: Array(datagram.payload.prefix(errorQuote))
        )
        forward(error, on: segment)
    }

    /// Puts an error onto a segment, towards the sender of the datagram that it is about.
    func forward(_ error: SimulatedError, on segment: Int) {
        let place = segments[segment]
        let receiver = place.members.first { $0.takes(error.source) }?.node ?? place.gateway
        guard let receiver else { return }
        for delay in place.fault.delays(using: &generator) {
            queue.schedule(.error(error, segment: segment, node: receiver), at: now + delay)
        }
    }

    /// Who says that there is no such host.
    private static let router = IPv4Address(198, 18, 0, 1)

    // MARK: IPv6

    /// Sends a packet into the native IPv6 network; a router decrements its hop limit.
    func send(packet: [UInt8], by node: Int) {
        guard let header = try? IPv6Header(validating: packet.span) else { return }
        let index = record(packet, sender: node, nil, meaning: PacketMeaning.ofPacket(packet))
        observe?(.enteredIPv6(packet, by: nodes[node].name, time: now))
        let receiver =
            hosts.first { $0.address == header.destination }?.node
            ?? (header.destination.isTeredo ? relay(for: packet) : nil)
        guard let receiver, header.hopLimit > 1 else { return setOutcome(.lost("IPv6 network"), index) }
        var forwarded = packet
        forwarded[7] -= 1
        let delays = ipv6Fault.delays(using: &generator)
        if delays.isEmpty { lostOnLink("IPv6 network", towards: receiver, index) }
        for delay in delays {
            queue.schedule(.packet(forwarded, node: receiver, traceIndex: index), at: now + delay)
        }
    }

    /// The relay that equal-cost routing leads a packet to: by a hash of all that follows the first 8 octets.
    private func relay(for packet: [UInt8]) -> Int? {
        guard relays.count > 1 else { return relays.first }
        let hash = packet[8...].reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let upRelays = relays.filter { nodes[$0].isRoutable }
        return upRelays.isEmpty ? relays.first : upRelays[Int(hash >> 32) % upRelays.count]
    }

    // MARK: Trace

    private func record(
        _ bytes: [UInt8],
        sender: Int,
        _ endpoints: TraceEntry.Endpoints?,
        meaning: @autoclosure () -> String
    ) -> Int {
        guard recordsTrace else { return -1 }
        trace.append(
            TraceEntry(
                time: now,
                sender: nodes[sender].name,
                endpoints: endpoints,
                bytes: bytes,
                meaning: meaning()
            )
        )
        return trace.count - 1
    }

    private func lostOnLink(_ link: String, towards node: Int, _ index: Int) {
        setOutcome(.lost(link), index)
        if index >= 0, trace[index].receiver == nil { trace[index].target = nodes[node].name }
    }

    private func setOutcome(_ outcome: TraceEntry.Outcome, _ index: Int) {
        guard index >= 0 else { return }
        // One copy that arrived counts, whatever happened to the others.
        if trace[index].receiver != nil { return }
        trace[index].outcome = outcome
        trace[index].target = nil
    }
}
