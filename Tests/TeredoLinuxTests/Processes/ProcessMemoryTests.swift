import Foundation
import TeredoLinux
import Testing

@Suite struct ProcessMemoryTests {
    @Test("Released code is not in memory any more, and runs all the same")
    func release() throws {
        let before = try Self.residentFilePages()
        ProcessMemory.releaseCode()
        #expect(try Self.residentFilePages() < before)
    }

    /// The third number of statm: resident pages of files.
    private static func residentFilePages() throws -> Int {
        let numbers = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(numbers[2]))
    }
}
