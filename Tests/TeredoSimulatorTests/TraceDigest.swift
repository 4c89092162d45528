import TeredoProtocol
import TeredoSimulator
import TeredoWire

/// A digest of all that a run did: each packet with its time and fate, the events of the clients, all counters.
///
/// FNV-1a with 64 bits: it has to tell runs apart, not to resist anybody.
struct TraceDigest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The digest of a run.
    init(of internet: SimulatedInternet) {
        for entry in internet.trace {
            add("\(entry.time.nanoseconds) \(entry.summary)")
            if let endpoints = entry.endpoints { add("\(endpoints.source) \(endpoints.destination)") }
            add(entry.bytes)
        }
        for host in [HostName.clientA, .clientB] {
            // Sockets of random ports are opened and closed beside everything else.
            let events = internet.events(of: host)
            for (time, event) in events where !event.isOfRandomPort { add("\(time.nanoseconds) \(event.facts)") }
            for (time, event) in events where event.isOfRandomPort { add("\(time.nanoseconds) \(event.facts)") }
            if let client = internet.client(host) {
                add("\(client.status) \(client.peerCount) \(client.queuedOctets) \(client.refreshInterval)")
                add(client.counters)
                for peer in client.peerSummaries(limit: 100, now: internet.now) { add("\(peer)") }
            }
        }
        add(internet.serverCounters)
        add(internet.relay.counters)
        for peer in internet.relay.peerSummaries(limit: 100, now: internet.now) { add("\(peer)") }
    }

    /// The digest of a list of packets.
    init(of entries: [TraceEntry]) {
        for entry in entries {
            add("\(entry.time.nanoseconds) \(entry.summary)")
            add(entry.bytes)
        }
    }

    private mutating func add(_ counters: TrafficCounters) {
        let numbers = [
            counters.datagramsReceived, counters.octetsReceived, counters.datagramsSent, counters.octetsSent,
            counters.packetsAccepted, counters.packetsDelivered, counters.packetsCarried, counters.bubblesReceived,
            counters.bubblesSent, counters.solicitations, counters.advertisements, counters.connectivityTests,
            counters.icmpv6Errors,
        ]
        add("\(numbers)")
        for (reason, count) in counters.drops.nonzero { add("\(reason.label) \(count)") }
    }

    private mutating func add(_ text: String) {
        add(Array(text.utf8))
        add([0])
    }

    private mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}

extension ClientEvent {
    fileprivate var isOfRandomPort: Bool {
        switch self {
        case .randomPortNeeded, .randomPortDone: true
        default: false
        }
    }

    /// The event without the words of its reason, which are for people and change without anything else.
    fileprivate var facts: String {
        switch self {
        case .statusChanged(let status, let reason): "\(status) \(reason.facts)"
        case .addressWithdrawn(let address, let reason): "withdrawn \(address) \(reason.facts)"
        default: "\(self)"
        }
    }
}

extension StateChangeReason {
    fileprivate var facts: String {
        Mirror(reflecting: self).children.map { "\($0.label ?? "") \($0.value)" }.joined()
    }
}
