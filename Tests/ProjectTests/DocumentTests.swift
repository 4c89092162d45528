import Foundation
import Testing

/// Links between the documents, and their index.
@Suite struct DocumentTests {
    /// The documents of the root and of docs, named from the root.
    static let documents: [String] = {
        func markdown(_ folder: String) -> [String] {
            let path = Project.root.appendingPathComponent(folder).path
            return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".md") }
        }
        return markdown(".").sorted() + markdown("docs").sorted().map { "docs/\($0)" }
    }()

    /// The text of a file; nothing for a folder, and for what is no text.
    private static func text(_ path: String) -> String? {
        let url = Project.root.appendingPathComponent(path)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    }

    @Test("every link leads to a file and a heading that are there", arguments: documents)
    func links(document: String) {
        #expect(MarkdownLinks.problems(of: document, text: Self.text) == [])
    }

    @Test("a link to a file or to a heading that is not there is found")
    func brokenLinks() {
        let files = [
            "docs/a.md": """
            # One: `two` & three
            # One
            # One
            [ok](b.md), [ok](b.md#part-of-it), [ok](../R.md), [ok](#one-two--three), [ok](#one-1), [ok](https://x.y/z.md)
            <a id="here"></a> [ok](#here), [wrong](c.md), [wrong](b.md#other), [wrong](#one-2), [`wrong`](../a.md)
            ```
            [no link](d.md)
            ```

                [no link](e.md)
            """,
            "docs/b.md": "## Part of [it](a.md)\n```\n# other\n```\n",
            "R.md": "",
        ]
        let problems = MarkdownLinks.problems(of: "docs/a.md") { files[$0] }
        #expect(
            problems == [
                "docs/a.md links to c.md, which is not there",
                "docs/a.md links to b.md#other, and there is no such heading",
                "docs/a.md links to #one-2, and there is no such heading",
                "docs/a.md links to ../a.md, which is not there",
            ]
        )
        #expect(!MarkdownLinks.problems(of: "none.md") { files[$0] }.isEmpty)
    }

    @Test("docs/README.md lists every document of docs, and README.md leads there")
    func index() throws {
        let listed = MarkdownLinks(try Project.text("docs/README.md")).targets
        for document in Self.documents where document.hasPrefix("docs/") && document != "docs/README.md" {
            #expect(listed.filter { "docs/\($0)" == document }.count == 1, "\(document)")
        }
        #expect(MarkdownLinks(try Project.text("README.md")).targets.contains("docs/README.md"))
    }
}
