import TeredoControl
import TeredoHost

/// A driver that is a list of parts in one event loop.
protocol PartDriver: AnyObject, ControlSource {
    var runtime: ServiceRuntime { get }
    /// Its parts, in the order in which they do what is due at the same time.
    var parts: [any DriverPart] { get }
    /// Carries out what the machine decided; is called after each input and before waiting. Throws when the role cannot go
    /// on.
    func settle() throws(ServiceError)
}

extension PartDriver {
    /// Waits for input or the first deadline, serves it and does what is due: one turn of the event loop.
    func turn() throws(ServiceError) {
        try settle()
        try runtime.wait(until: parts.nextTimeout, control: self, settle: settle)
        try parts.finishTurn(now: runtime.now, logger: runtime.logger)
    }
}
