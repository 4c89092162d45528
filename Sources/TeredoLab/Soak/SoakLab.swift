import TeredoCrypto
import TeredoLinux
package import TeredoProtocol
import TeredoSimulator
import TeredoWire

/// Hours of everyday traffic in virtual time, with a look at what the machines hold, and this process with them.
package struct SoakLab {
    /// The seed of everything that is left to chance.
    package let seed: UInt64
    /// How many hours, from 1 on.
    package let hours: Int
    /// Is told each line of the table when its hour is over.
    package var progress: (String) -> Void = { _ in }

    /// A lab for `hours` hours.
    package init(seed: UInt64, hours: Int) {
        self.seed = seed
        self.hours = hours
    }

    /// Runs all hours, or as many as there is time for until somebody interrupts.
    ///
    /// - Throws: `ServerConfigurationError`, which the options of the run never cause.
    package func run() throws(ServerConfigurationError) -> SoakReport {
        let begin = MonotonicClock.now
        var report = SoakReport(seed: seed)
        var run = try SoakRun(seed: seed, authenticator: HMACSHA1Authenticator())
        progress(SoakReport.heading)
        for number in 1...max(1, hours) {
            if Interruption.isRequested { break }
            let hour = run.run(hour: number)
            report.add(hour, residentOctets: ProcessUsage.current.residentOctets ?? 0)
            progress(report.lines.last ?? "")
        }
        report.duration = MonotonicClock.now - begin
        return report
    }
}
