import Synchronization
package import TeredoChart
import TeredoCrypto
package import TeredoLinux
import TeredoProtocol
import TeredoSimulator
import TeredoWire

/// Many seeds of the swarm, on all processors: each seed is a world at random, with safety under faults and liveness after them.
package struct SwarmLab {
    /// The first seed, and how many.
    package let first: UInt64
    package let count: UInt64
    /// Is told every half second how many seeds are done, and at how many of them a rule was broken.
    package var progress: (UInt64, Int) -> Void = { _, _ in }

    /// A lab for seeds from `first` on.
    package init(first: UInt64, count: UInt64) {
        self.first = first
        self.count = count
    }

    /// What the threads share.
    private struct Work: Sendable {
        var next: UInt64 = 0
        var summary: SwarmSummary
    }

    /// Runs all seeds, or as many as there is time for until somebody interrupts.
    ///
    /// - Throws: `SystemError` when no further thread can be had.
    package func run() throws(SystemError) -> SwarmSummary {
        let begin = MonotonicClock.now
        let (first, count) = (first, count)
        let threads = Int(min(UInt64(ProcessorCount.current), count))
        let work = Pile(Work(summary: SwarmSummary(first: first)))
        var others: [WorkerThread] = []
        for number in 1..<threads {
            others.append(
                try WorkerThread(name: "swarm \(number)") { while work.runNext(from: first, of: count) {} }
            )
        }
        var lastTold = begin
        while work.runNext(from: first, of: count) {
            guard MonotonicClock.now - lastTold >= .milliseconds(500) else { continue }
            lastTold = MonotonicClock.now
            let summary = work.summary
            progress(summary.seeds, summary.failureCount)
        }
        for thread in others { thread.join() }
        var summary = work.summary
        summary.processors = threads
        summary.duration = MonotonicClock.now - begin
        return summary
    }

    /// Hands out seeds and gathers results.
    private final class Pile: Sendable {
        private let work: Mutex<Work>

        init(_ work: Work) {
            self.work = Mutex(work)
        }

        var summary: SwarmSummary { work.withLock { $0.summary } }

        /// Runs the next seed; `false` when there is none, or somebody interrupted.
        func runNext(from first: UInt64, of count: UInt64) -> Bool {
            guard !Interruption.isRequested else { return false }
            let number = work.withLock { work -> UInt64? in
                guard work.next < count else { return nil }
                work.next += 1
                return work.next - 1
            }
            guard let number else { return false }
            let result = SwarmLab.result(of: first &+ number, recordsTrace: false)
            work.withLock { $0.summary.add(result) }
            return true
        }
    }

    /// The chart of a single seed with its result.
    package static func chart(
        of seed: UInt64,
        style: ChartStyle
    ) -> (summary: SwarmSummary, model: ChartModel, lines: [String]) {
        let begin = MonotonicClock.now
        let result = result(of: seed, recordsTrace: true)
        var summary = SwarmSummary(first: seed)
        summary.add(result)
        summary.duration = MonotonicClock.now - begin
        let model = result.chart?.model(title: "Swarm, seed \(seed)") ?? ChartModel(participants: [], rows: [])
        return (summary, model, TextChart(model, style).lines)
    }

    private static func result(of seed: UInt64, recordsTrace: Bool) -> SwarmResult {
        do {
            var run = try SwarmRun(seed: seed, recordsTrace: recordsTrace, authenticator: HMACSHA1Authenticator())
            return run.run()
        } catch {
            return SwarmResult(seed: seed, failure: "\(error)")
        }
    }
}
