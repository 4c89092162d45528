import TeredoSimulator

/// Puts together what was seen at the router of the Internet and at the two clients: who sent which packet, and where
/// it arrived or was lost.
struct WireTrace {
    /// What passed the router in the middle, and the links of the clients.
    var internet: [WirePacket] = []
    var clients: [KernelHost: [WirePacket]] = [:]

    /// The packets in the order in which they were sent.
    func entries() -> [TraceEntry] {
        var atRouter = Sightings(internet)
        var atClients = clients.mapValues { Sightings($0) }
        var entries: [TraceEntry] = []
        // From the clients first, so that what comes out of their NATs is not taken for something new.
        for client in [KernelHost.clientA, .clientB] {
            for packet in atClients[client]?.outgoing ?? [] {
                let outcome: TraceEntry.Outcome
                if atRouter.take(packet, isOutgoing: false) != nil {
                    outcome = arrival(of: packet, &atRouter, &atClients)
                } else {
                    let other: KernelHost = client == .clientA ? .clientB : .clientA
                    let isOnLink = atClients[other]?.take(packet, isOutgoing: false) != nil
                    outcome = isOnLink ? .delivered(to: Self.name(other)) : .lost("not forwarded")
                }
                entries.append(packet.entry(sender: Self.name(client), outcome))
            }
        }
        for packet in atRouter.remaining where !packet.isOutgoing {
            guard let sender = Self.nodes[packet.interface] else { continue }
            entries.append(packet.entry(sender: sender, arrival(of: packet, &atRouter, &atClients)))
        }
        return entries.sorted { $0.time < $1.time }
    }

    /// Where a packet that reached the router went from there.
    private func arrival(
        of packet: WirePacket,
        _ atRouter: inout Sightings,
        _ atClients: inout [KernelHost: Sightings]
    ) -> TraceEntry.Outcome {
        guard let onward = atRouter.take(packet, isOutgoing: true) else { return .lost("Internet") }
        if let node = Self.nodes[onward.interface] { return .delivered(to: node) }
        for client in [KernelHost.clientA, .clientB] where atClients[client]?.take(packet, isOutgoing: false) != nil {
            return .delivered(to: Self.name(client))
        }
        return .lost(onward.interface == KernelHost.box2.rawValue ? "NAT B" : "NAT A")
    }

    /// The names in charts, as the simulator has them.
    static func name(_ host: KernelHost) -> String {
        switch host {
        case .clientA: "client A"
        case .clientB: "client B"
        case .native: "IPv6 host"
        case .dualStack: "host relay"
        default: host.rawValue
        }
    }

    /// What is behind the interfaces of the router, but for the NAT boxes.
    private static let nodes = [
        "server": "server", "relay": "relay", "native": name(.native), "dual-stack": name(.dualStack),
    ]

    /// Packets seen at one place; each is taken once.
    private struct Sightings {
        private var packets: [WirePacket?]

        init(_ packets: [WirePacket]) { self.packets = packets }

        var remaining: [WirePacket] { packets.compactMap(\.self) }
        var outgoing: [WirePacket] { remaining.filter { $0.isOutgoing } }

        mutating func take(_ packet: WirePacket, isOutgoing: Bool) -> WirePacket? {
            let index = packets.firstIndex { candidate in
                guard let candidate, candidate.isOutgoing == isOutgoing else { return false }
                return candidate.isSame(as: packet)
            }
            guard let index else { return nil }
            defer { packets[index] = nil }
            return packets[index]
        }
    }
}

extension WirePacket {
    fileprivate func entry(sender: String, _ outcome: TraceEntry.Outcome) -> TraceEntry {
        TraceEntry(
            time: time,
            sender: sender,
            endpoints: endpoints,
            bytes: bytes,
            meaning: meaning,
            outcome: outcome
        )
    }
}
