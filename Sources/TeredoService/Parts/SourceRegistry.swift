import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Which part of a driver serves which descriptor of the event loop.
///
/// It does not keep the parts: whoever waits keeps them.
final class SourceRegistry {
    /// The loop, for what is no part of a driver: that has tokens below ``firstToken``.
    var loop: EventLoop
    private var entries: [Entry?] = []

    private struct Entry {
        let descriptor: CInt
        unowned let part: any DriverPart
        let source: Int
    }

    /// The token of the first descriptor of a part.
    static let firstToken: UInt64 = 1 << 32

    /// Makes a registry with an empty loop.
    init() throws(ServiceError) {
        loop = try ServiceError.wrapping { () throws(SystemError) in try EventLoop() }
    }

    /// How many descriptors of parts are watched.
    var count: Int { entries.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// Watches a descriptor for `part`, which knows it by the number `source`.
    func add(_ descriptor: CInt, for part: any DriverPart, as source: Int = 0) throws(ServiceError) {
        let place = entries.firstIndex { $0 == nil } ?? entries.count
        try ServiceError.wrapping { () throws(SystemError) in
            try loop.add(descriptor, token: Self.firstToken + UInt64(place))
        }
        if place == entries.count { entries.append(nil) }
        entries[place] = Entry(descriptor: descriptor, part: part, source: source)
    }

    /// Watches a descriptor for input or not, and for room for output or not; what breaks is always told.
    func change(_ descriptor: CInt, input: Bool, output: Bool) {
        guard let place = entries.firstIndex(where: { $0?.descriptor == descriptor }) else { return }
        loop.change(descriptor, token: Self.firstToken + UInt64(place), input: input, output: output)
    }

    /// Watches a descriptor no more; call it before the descriptor is closed.
    func remove(_ descriptor: CInt) {
        guard let place = entries.firstIndex(where: { $0?.descriptor == descriptor }) else { return }
        loop.remove(descriptor)
        entries[place] = nil
    }

    /// Has the part serve the descriptor with this token; one that went meanwhile is left alone.
    func serve(_ token: UInt64, now: ProtocolInstant) throws(ServiceError) {
        let place = Int(token - Self.firstToken)
        guard place < entries.count, let entry = entries[place] else { return }
        try entry.part.handle(entry.source, now: now)
    }
}
