import Synchronization
import TeredoWire

/// What a worker does not decide itself, on its way to the thread of the machine: bounded, in order.
final class Handover: Sendable {
    /// What was handed over.
    enum Kind: Sendable {
        /// A datagram from an endpoint.
        case datagram(UDPEndpoint)
        /// What an ICMPv4 error quotes.
        case error(ICMPv4Error)
        /// A packet of the host.
        case packet
    }

    private struct Item {
        let kind: Kind
        let length: Int
    }

    private struct Contents {
        var items: [Item] = []
        var octets: [UInt8] = []
        var dropped: UInt64 = 0
    }

    private let contents = Mutex(Contents())
    /// How many items were taken so far: what a worker handed over before has been decided.
    let taken = Atomic<UInt64>(0)

    /// The most that may wait.
    private static let itemLimit = 4096
    private static let octetLimit = 4 << 20

    /// Hands octets over; returns `false`, and counts it, when too much waits already.
    func put(_ octets: Span<UInt8>, _ kind: Kind) -> Bool {
        contents.withLock { contents in
            guard contents.items.count < Self.itemLimit, contents.octets.count + octets.count <= Self.octetLimit else {
                contents.dropped += 1
                return false
            }
            contents.items.append(Item(kind: kind, length: octets.count))
            unsafe octets.withUnsafeBufferPointer { unsafe contents.octets.append(contentsOf: $0) }
            return true
        }
    }

    /// Takes everything that waits, hands it to `body`, item by item, and returns how much it was: to be confirmed.
    func takeAll(_ body: (Kind, Span<UInt8>) -> Void) -> Int {
        let taken = contents.withLock { contents in
            let result = (contents.items, contents.octets)
            contents.items = []
            contents.octets = []
            return result
        }
        var start = 0
        for item in taken.0 {
            body(item.kind, taken.1.span.extracting(start..<start + item.length))
            start += item.length
        }
        return taken.0.count
    }

    /// Lets the worker use the paths that came of what was taken.
    func confirm(_ count: Int) { taken.add(UInt64(count), ordering: .releasing) }

    /// How much was lost because too much waited.
    var dropped: UInt64 { contents.withLock { $0.dropped } }
}
