import Logging
import TeredoControl
import TeredoWire
import Testing

@testable import TeredoService

@Suite("The end of a role that drains")
struct DrainTests {
    private let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// A drain with what it did.
    private final class Sample {
        let drain: Drain
        var left = 2
        var changes: [Bool] = []
        var ends: [String] = []

        init(limit: Duration) {
            drain = Drain(limit: limit, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            drain.remaining = { [unowned self] _ in left }
            drain.onChange = { [unowned self] isOn, _ in changes.append(isOn) }
            drain.end = { [unowned self] in ends.append($0) }
        }

        /// Does what is due until `end`.
        func run(until end: ProtocolInstant) {
            while let due = drain.nextTimeout, due <= end, ends.isEmpty { drain.handleTimeout(now: due) }
        }
    }

    @Test("it ends when nothing is left, not before a second, and is withdrawn once")
    func nothingLeft() {
        let sample = Sample(limit: .seconds(30))
        sample.left = 0
        sample.drain.set(true, now: start)
        sample.drain.set(true, now: start)
        #expect(sample.changes == [true])
        sample.run(until: start + .seconds(0.9))
        #expect(sample.ends.isEmpty)
        sample.run(until: start + .seconds(1))
        #expect(sample.ends == ["drained: nothing is left"])
    }

    @Test("it ends at its limit, and says how far it is", arguments: [0, 3])
    func limit(seconds: Int) {
        let sample = Sample(limit: .seconds(seconds))
        sample.drain.set(true, now: start)
        #expect(sample.drain.status(clients: 2, now: start + .seconds(1))?.remaining == .seconds(max(0, seconds - 1)))
        if seconds > 0 { sample.run(until: start + .seconds(seconds) - .milliseconds(1)) }
        #expect(sample.ends.isEmpty)
        sample.run(until: start + .seconds(seconds))
        #expect(sample.ends.count == 1 && sample.ends[0].contains("has passed"))
    }

    @Test(
        "called off, it goes on and is announced again; a role without an announcement is left alone where that is asked for"
    )
    func orders() {
        let sample = Sample(limit: .seconds(3))
        sample.drain.obey(.beginIfAnnounced, isAnnounced: false, now: start)
        #expect(!sample.drain.isOn)
        sample.drain.obey(.beginIfAnnounced, isAnnounced: true, now: start)
        #expect(sample.drain.isOn)
        sample.drain.obey(.cancel, isAnnounced: true, now: start)
        #expect(sample.drain.nextTimeout == nil && sample.drain.status(clients: nil, now: start) == nil)
        #expect(sample.changes == [true, false])
        sample.drain.limit = .zero
        sample.drain.obey(.beginIfAnnounced, isAnnounced: true, now: start)
        #expect(!sample.drain.isOn)
        sample.drain.obey(.begin, isAnnounced: false, now: start)
        #expect(sample.drain.isOn)
    }
}
