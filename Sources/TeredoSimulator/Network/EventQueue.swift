import HeapModule
import TeredoProtocol
import TeredoWire

/// Things to happen, ordered by time and, at the same time, by the order in which they were scheduled.
struct EventQueue<Event> {
    private struct Entry: Comparable {
        let time: ProtocolInstant
        let sequence: UInt64
        let event: Event

        static func < (lhs: Self, rhs: Self) -> Bool { (lhs.time, lhs.sequence) < (rhs.time, rhs.sequence) }
        static func == (lhs: Self, rhs: Self) -> Bool { lhs.sequence == rhs.sequence }
    }

    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0

    /// When the next event comes.
    var next: ProtocolInstant? { heap.min?.time }

    mutating func schedule(_ event: Event, at time: ProtocolInstant) {
        heap.insert(Entry(time: time, sequence: sequence, event: event))
        sequence += 1
    }

    mutating func pop() -> (time: ProtocolInstant, event: Event)? {
        heap.popMin().map { ($0.time, $0.event) }
    }
}
