import TeredoHost
import TeredoLinux
import TeredoWire

@testable import TeredoService

/// A part for tests, with two bells for descriptors and a deadline that it is set to.
final class BellPart: DriverPart {
    let name: String
    let bells: [WakeUp]
    var nextTimeout: ProtocolInstant?
    var failure: ServiceError?
    /// What was done, in order.
    private(set) var calls: [String] = []
    private let onCall: (String) -> Void

    init(_ name: String = "bell", onCall: @escaping (String) -> Void = { _ in }) throws {
        self.name = name
        self.onCall = onCall
        bells = [try WakeUp(), try WakeUp()]
    }

    func watch(_ sources: SourceRegistry) throws {
        for (source, bell) in bells.enumerated() { try sources.add(bell.descriptor, for: self, as: source) }
    }

    func handle(_ source: Int, now: ProtocolInstant) throws(ServiceError) {
        bells[source].silence()
        note("bell \(source)")
        if let failure { throw failure }
    }

    func handleTimeout(now: ProtocolInstant) throws(ServiceError) {
        nextTimeout = nil
        note("timeout")
        if let failure { throw failure }
    }

    func finishTurn(now: ProtocolInstant) { note("finish") }

    private func note(_ call: String) {
        calls.append(call)
        onCall("\(name) \(call)")
    }
}

extension SourceRegistry {
    /// Waits for `limit` at most and serves what came in; returns how many descriptors were ready.
    func serveOnce(limit: Duration, now: ProtocolInstant = ProtocolInstant(nanoseconds: 0)) throws -> Int {
        let count = loop.wait(until: MonotonicClock.now + limit)
        for position in 0..<count { try serve(loop.token(position), now: now) }
        return count
    }
}
