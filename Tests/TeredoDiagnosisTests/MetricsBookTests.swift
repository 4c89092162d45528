import Foundation
import TeredoControl
import TeredoDiagnosis
import TeredoProtocol
import Testing

@Suite("docs/metrics.md")
struct MetricsBookTests {
    @Test("is what teredo status --explain all prints")
    func isCurrent() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let document = try String(contentsOf: root.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        let isCurrent = document == MetricsBook.document + "\n"
        #expect(isCurrent, "write it again: swift run teredo status --explain all > docs/metrics.md")
    }

    @Test("has a row for each metric", arguments: Metric.allCases)
    func row(metric: Metric) {
        #expect(MetricsBook.document.contains("\n| `\(metric.rawValue)` | \(metric.kind) | "))
        #expect(MetricsBook.page(metric.rawValue)?.contains(metric.help.prefix(40)) == true)
    }

    @Test(
        "has a page for each reason, with what it means and what to do",
        arguments: DropReason.allCases.map(\.label) + LossReason.allCases.map(\.rawValue)
    )
    func page(name: String) throws {
        let page = try #require(MetricsBook.page(name))
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "### \(name)")
        #expect(lines.count { $0.hasPrefix("* ") } == 1)
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(MetricsBook.document.contains("\n\n\(page)"))
    }

    @Test("says something of its own about each reason")
    func distinct() {
        let reasons = DropReason.allCases.map(\.label) + LossReason.allCases.map(\.rawValue)
        let texts = reasons.compactMap { MetricsBook.page($0)?.split(separator: "\n\n").dropFirst().first }
        #expect(Set(texts).count == reasons.count)
        #expect(Set(MetricsBook.names).count == MetricsBook.names.count)
        #expect(MetricsBook.page("nonsense") == nil)
    }
}
