import Foundation
import TeredoLab
import Testing

/// What README shows of the lab.
struct ReadmeTests {
    @Test("README shows what 'teredo lab --seed 1' prints, and marks what it leaves out")
    func chart() throws {
        var printed: [String] = []
        let report = try SimulatedDemonstration(seed: 1).run { printed += $0.components(separatedBy: "\n") }
        // As the command ends.
        printed += "\n\(report.checkTable)\n\n\(report.summary)".components(separatedBy: "\n")
        printed.append("Repeat this run with --seed 1.")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let block = try #require(
            readme.components(separatedBy: "$ teredo lab --seed 1\n").dropFirst().first
        )
        let shown = block.components(separatedBy: "\n").prefix { $0.isEmpty || $0.hasPrefix("    ") }
            .map { String($0.dropFirst(4)) }
        let parts = shown.split { $0.trimmingCharacters(in: .whitespaces) == "…" }
            .map { Array($0.drop(while: \.isEmpty).reversed().drop(while: \.isEmpty).reversed()) }
        #expect(parts.count == 4)
        var rest = printed[...]
        for part in parts {
            let place = rest.indices.first { rest[$0...].starts(with: part) }
            let start = try #require(place, "not printed, or not here:\n\(part.joined(separator: "\n"))")
            rest = rest[(start + part.count)...]
        }
        #expect(rest.isEmpty, "printed after what README shows last: \(rest)")
    }
}
