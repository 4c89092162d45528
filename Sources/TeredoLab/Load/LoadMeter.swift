import TeredoHost
import TeredoLinux

/// What a process took while a load ran.
struct LoadMeter {
    private let before: ProcessUsage?
    private var last: ProcessUsage?
    private var recent: Duration?
    private var most: UInt64?
    private var atBegin: Duration?
    private var atEnd: Duration?

    init(_ before: ProcessUsage?) {
        self.before = before
        last = before
        most = before?.residentOctets
        atBegin = before?.processorTime
    }

    /// What is resident now.
    var resident: UInt64? { last?.residentOctets }

    /// How many processors were used since the sample before, which is a second ago.
    var recentProcessors: Double? { recent.map { $0 / .seconds(1) } }

    /// The part begins that processor time is told of.
    mutating func beginMeasurement(_ usage: ProcessUsage?) { atBegin = usage?.processorTime ?? atBegin }

    mutating func add(_ usage: ProcessUsage?) {
        guard let usage else { return }
        recent = usage.processorTime.flatMap { time in last?.processorTime.map { time - $0 } }
        last = usage
        atEnd = usage.processorTime ?? atEnd
        if let resident = usage.residentOctets { most = max(most ?? 0, resident) }
    }

    func report(after usage: ProcessUsage?, measured: Duration) -> LoadProcessReport {
        let all = atEnd.flatMap { end in before?.processorTime.map { end - $0 } }
        let part = atEnd.flatMap { end in atBegin.map { end - $0 } }
        return LoadProcessReport(
            residentBeforeOctets: before?.residentOctets,
            residentMostOctets: most,
            residentAfterOctets: usage?.residentOctets,
            processorSeconds: all.map { Milliseconds.number($0) / 1000 },
            processorsUsed: part.map { $0 / max(measured, .milliseconds(1)) }
        )
    }
}
