import Logging
import TeredoHost
import TeredoWire

/// The parts of a driver, as its event loop sees them.
extension [any DriverPart] {
    /// When the first of the parts has something to do.
    var nextTimeout: ProtocolInstant? {
        var next: ProtocolInstant?
        for part in self { next = .earlier(next, part.nextTimeout) }
        return next
    }

    /// Has each part do what is due, in order, and then what is left for the end of a turn.
    func finishTurn(now: ProtocolInstant, logger: Logger) throws(ServiceError) {
        for part in self {
            guard let deadline = part.nextTimeout, deadline <= now else { continue }
            logger.trace("due: \(part.name)")
            try part.handleTimeout(now: now)
        }
        for part in self { part.finishTurn(now: now) }
    }
}
