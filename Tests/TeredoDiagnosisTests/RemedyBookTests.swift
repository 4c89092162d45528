import Foundation
import TeredoControl
import TeredoDiagnosis
import Testing

@Suite("docs/remedies.md")
struct RemedyBookTests {
    @Test("is what teredo check --explain all prints")
    func isCurrent() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let document = try String(contentsOf: root.appendingPathComponent("docs/remedies.md"), encoding: .utf8)
        let isCurrent = document == RemedyBook.document + "\n"
        #expect(isCurrent, "write it again: swift run teredo check --explain all > docs/remedies.md")
    }

    @Test("has a page for each verdict, with what it means and something to do", arguments: CheckProblem.Name.allCases)
    func page(name: CheckProblem.Name) {
        let page = RemedyBook.page(name)
        #expect(page.hasPrefix("## \(name.rawValue)\n\n"))
        #expect(page.components(separatedBy: "\n* ").count > 1)
        #expect(RemedyBook.document.contains("\n\n\(page)"))
        #expect(page.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
