import TeredoHost
import TeredoWire

/// A part of a driver, with descriptors, a deadline and a state of its own.
///
/// A driver keeps its parts in a list, and its event loop knows nothing else of them. What a part wants of the machine or of
/// another part goes by a closure that the driver gives to it: no part knows the driver. Parts live as long as their driver.
protocol DriverPart: AnyObject {
    /// What it is, for the log.
    var name: String { get }
    /// When ``handleTimeout(now:)`` has something to do; `nil` while there is nothing.
    var nextTimeout: ProtocolInstant? { get }
    /// Serves a descriptor that is ready; `source` is the number that the part gave to it in the ``SourceRegistry``.
    ///
    /// Throws when the role cannot go on.
    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError)
    /// Does what is due; is called at or after ``nextTimeout`` only. Throws when the role cannot go on.
    func handleTimeout(now: ProtocolInstant) throws(ServiceError)
    /// Does what is left for the end of a turn of the event loop, when all that came in was served.
    func finishTurn(now: ProtocolInstant)
}

extension DriverPart {
    /// Nothing is ever due.
    var nextTimeout: ProtocolInstant? { nil }

    /// There are no descriptors.
    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {}

    /// Nothing is due.
    func handleTimeout(now: ProtocolInstant) throws(ServiceError) {}

    /// Nothing is left.
    func finishTurn(now: ProtocolInstant) {}
}
