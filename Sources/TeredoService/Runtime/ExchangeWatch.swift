import Synchronization
import TeredoControl
import TeredoWire

/// The last messages of a role, for those who want to see them on the control socket; any thread notes, the driver's tells.
///
/// While nobody wants to, a message costs one look. However many there are, memory is bounded and what is told in a second too: of
/// a crowd the newest are told.
final class ExchangeWatch: Sendable {
    private struct Pending {
        var exchanges: [MessageExchange] = []
        var told = ProtocolInstant(nanoseconds: 0)
    }

    private let wanted = Atomic<Bool>(false)
    private let pending = Mutex(Pending())

    /// How many are remembered, and told at once.
    static let capacity = 32
    /// How often they are told.
    static let pace = Duration.milliseconds(250)

    /// Whether anybody wants to see them.
    var isOn: Bool { wanted.load(ordering: .relaxed) }

    /// Begins or ends to note.
    func turn(on isOn: Bool) {
        guard isOn != self.isOn else { return }
        wanted.store(isOn, ordering: .relaxed)
        pending.withLock { $0.exchanges = [] }
    }

    /// Notes a datagram that came from `endpoint`, or goes there, if it is a message.
    func note(_ direction: MessageExchange.Direction, _ datagram: Span<UInt8>, _ endpoint: UDPEndpoint) {
        guard isOn, let message = MessageExchange.Message(datagram) else { return }
        let exchange = MessageExchange(direction, message, endpoint)
        pending.withLock { pending in
            if let last = pending.exchanges.indices.last, pending.exchanges[last].adopt(exchange) { return }
            if pending.exchanges.count == Self.capacity { pending.exchanges.removeFirst() }
            pending.exchanges.append(exchange)
        }
    }

    /// When to take the next ones; `nil` while nobody wants to see them.
    var deadline: ProtocolInstant? { isOn ? pending.withLock { $0.told } + Self.pace : nil }

    /// What was noted since the last time, unless that was just now.
    func take(now: ProtocolInstant) -> [MessageExchange] {
        guard isOn else { return [] }
        return pending.withLock { pending in
            guard now - pending.told >= Self.pace else { return [] }
            pending.told = now
            defer { pending.exchanges = [] }
            return pending.exchanges
        }
    }
}
