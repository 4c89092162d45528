import TeredoHost
import TeredoWire

/// Ends a role whose ``HostProcess`` is gone: nobody could put anything right any more, and the filter went with it.
final class HostProcessWatch: DriverPart {
    let name = "host process"
    private let process: HostProcess

    /// Watches the process in an event loop.
    init(_ process: HostProcess, _ sources: SourceRegistry) throws(ServiceError) {
        self.process = process
        try sources.add(process.descriptor, for: self)
    }

    /// At once, when it did not answer.
    var nextTimeout: ProtocolInstant? { process.isGone ? ProtocolInstant(nanoseconds: 0) : nil }

    /// It says nothing unasked.
    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) { throw Self.error }

    func handleTimeout(now: ProtocolInstant) throws(ServiceError) { throw Self.error }

    static let error = ServiceError(
        "the process that changes addresses, routes and the filter is gone",
        remedy: "start the role again; what killed it, the log of the system may tell"
    )
}
