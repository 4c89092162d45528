import Foundation
import Testing

@testable import TeredoLinux

@Suite("Time of log lines")
struct LocalTimeTests {
    @Test(
        "date and zone are those of RFC 3339",
        arguments: [(0, "Z"), (60, "+01:00"), (-210, "-03:30"), (765, "+12:45")]
    )
    func dated(offset: Int, zone: String) {
        let time = LocalTime(
            year: 2026,
            month: 2,
            day: 3,
            hour: 4,
            minute: 5,
            second: 6,
            millisecond: 7,
            offset: offset
        )
        #expect(time.dated == "2026-02-03T04:05:06.007\(zone)")
        #expect(time.description == "04:05:06.007")
    }

    @Test("now is now")
    func now() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let date = try #require(formatter.date(from: LocalTime.now.dated))
        #expect(abs(date.timeIntervalSinceNow) < 60)
    }
}
