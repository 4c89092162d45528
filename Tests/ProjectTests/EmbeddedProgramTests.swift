import Foundation
import Testing

@Suite struct EmbeddedProgramTests {
    @Test("The embedded programs for the kernel come from their sources")
    func current() throws {
        let process = Process()
        process.executableURL = Project.root.appendingPathComponent("scripts/build-bpf")
        process.arguments = ["--check"]
        let output = Pipe()
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 2 { try Test.cancel("\(text)") }
        #expect(process.terminationStatus == 0, "\(text)")
    }
}
