package import TeredoControl
package import TeredoLinux
import TeredoProtocol

/// Measurements with known content.
package enum MeasurementSamples {
    private static func histogram(_ times: Duration...) -> DurationHistogram {
        times.reduce(into: DurationHistogram()) { $0.record($1) }
    }

    /// A role that measured something of each kind.
    package static var full: RoleMeasurements {
        RoleMeasurements(
            started: WallTime(sinceEpoch: .seconds(1_700_000_000)),
            queuedPackets: 3,
            queuedOctets: 3600,
            contacts: ContactMeasurements(
                firstContacts: histogram(.milliseconds(80), .milliseconds(2080)),
                roundTrips: histogram(.microseconds(23_400), .seconds(400)),
                queueTimes: histogram(.milliseconds(80), .milliseconds(2080), .milliseconds(2000))
            ),
            qualifications: histogram(.milliseconds(1), .seconds(12))
        )
    }

    /// What a process may take.
    package static let usage = ProcessUsage(
        residentOctets: 12_582_912,
        openDescriptors: 14,
        descriptorLimit: 1024,
        processorTime: .milliseconds(1250)
    )
}
