import Foundation
import Testing

@Suite struct PapersTests {
    @Test(
        "Scripts can be executed and begin with an interpreter",
        arguments: ["scripts/check", "scripts/test", "scripts/coverage", "scripts/install", ".ci/run"]
    )
    func scripts(path: String) throws {
        #expect(FileManager.default.isExecutableFile(atPath: Project.root.appendingPathComponent(path).path))
        #expect(try Project.text(path).hasPrefix("#!/usr/bin/env "))
    }

    @Test("Continuous integration runs exactly scripts/test")
    func continuousIntegration() throws {
        let commands = try Project.text(".ci/run").split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(commands.last == "exec scripts/test")
        #expect(commands.count == 3)
    }
}
