import TeredoSimulator
import Testing

@testable import TeredoLab

/// What `teredo lab --soak` makes of the hours that it saw.
@Suite struct SoakReportTests {
    private static func report(memory: [Double], answered: Int = 240) -> SoakReport {
        var report = SoakReport(seed: 7)
        for (index, megabytes) in memory.enumerated() {
            var hour = SoakHour(number: index + 1)
            hour.contacts = 240
            hour.answered = answered
            hour.datagrams = 123_456
            report.add(hour, residentOctets: UInt64(megabytes * 1_048_576))
        }
        return report
    }

    /// A day with these megabytes at its beginning, then, and at its end.
    private static func day(_ first: Double, _ then: Double, _ last: Double) -> SoakReport {
        report(memory: [first] + Array(repeating: then, count: 22) + [last])
    }

    @Test("Memory that grows in the second half is a violation, before it is not")
    func growth() {
        #expect(Self.day(10, 20, 20.5).violations.isEmpty)
        let grown = Self.day(10, 20, 21.5)
        #expect(grown.violations == ["memory grew by 1.50 MiB in the second half"])
        #expect(grown.summary.hasPrefix("24 h of virtual time with seed 7: FAILED: memory grew"))
        let shrunk = Self.day(20, 20, 19.5)
        #expect(shrunk.violations.isEmpty)
        #expect(shrunk.summary.contains("-0.50 MiB more memory"))
    }

    @Test("Of less than a day nothing is said about memory")
    func shortRun() {
        let report = Self.report(memory: Array(repeating: 10, count: 22) + [40])
        #expect(report.violations.isEmpty)
        #expect(report.summary.contains("too few hours"))
    }

    @Test("Hosts that do not reach each other are a violation")
    func contacts() {
        #expect(Self.report(memory: [10], answered: 228).violations.isEmpty)
        #expect(Self.report(memory: [10], answered: 227).violations == ["only 94.6 % of the contacts were made"])
    }

    @Test("Lines fit 80 columns and stand below their headings")
    func table() {
        let lines = [SoakReport.heading] + Self.report(memory: [10, 20]).lines
        #expect(lines.allSatisfy { $0.count == lines[0].count && $0.count <= 80 })
    }
}
