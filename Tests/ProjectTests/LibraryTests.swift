import Foundation
import TeredoLinux
import Testing

/// The libraries for others: what they say of themselves, and that it is so.
@Suite struct LibraryTests {
    /// The libraries that Package.swift offers.
    private static func libraries() throws -> [String] {
        let names = try Project.text("Package.swift").matches(of: /\.library\(name: "(\w+)"/).map { String($0.1) }
        try #require(names.count >= 5)
        return names
    }

    /// The articles of a library, named from the root.
    private static func articles(of library: String) throws -> [String] {
        let catalogue = "Sources/\(library)/\(library).docc"
        return try FileManager.default.contentsOfDirectory(atPath: Project.root.appendingPathComponent(catalogue).path)
            .filter { $0.hasSuffix(".md") }.sorted().map { "\(catalogue)/\($0)" }
    }

    @Test("every public declaration of the libraries is explained, and every one that throws says when")
    func comments() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("graphs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        guard FileManager.default.fileExists(atPath: Project.root.appendingPathComponent(".build/debug/Modules").path)
        else { try Test.cancel("the modules were not built in .build") }
        let script = Project.root.appendingPathComponent("scripts/symbol-graphs").path
        let written = try CommandOutput.run([script, folder.path], limit: .seconds(60))
        try #require(written.isSuccess, "\(written)")
        for library in try Self.libraries() {
            let files = try FileManager.default.contentsOfDirectory(
                at: folder.appendingPathComponent(library),
                includingPropertiesForKeys: nil
            )
            let graphs = try files.map(SymbolGraph.init(contentsOf:))
            #expect(!graphs.flatMap(\.declared).isEmpty, "\(library)")
            #expect(graphs.flatMap(\.faults) == [], "\(library)")
        }
    }

    @Test("a declaration without a comment is found, and one that throws without saying so")
    func faults() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("graph-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let symbols = """
            {"symbols": [
                {"pathComponents": ["A", "bare"], "location": {"uri": "file:///A.swift"}},
                {"pathComponents": ["A", "blank"], "docComment": {"lines": [{"text": " "}]}, "location": {"uri": "file:///A.swift"}},
                {"pathComponents": ["A", "added"]},
                {"pathComponents": ["A", "fine"], "docComment": {"lines": [{"text": "What it is."}]},
                 "location": {"uri": "file:///A.swift"}},
                {"pathComponents": ["A", "silent()"], "docComment": {"lines": [{"text": "Does it."}]},
                 "declarationFragments": [{"spelling": "throws"}], "location": {"uri": "file:///A.swift"}},
                {"pathComponents": ["A", "telling()"], "docComment": {"lines": [{"text": "Does it."}, {"text": "Fails at night."}]},
                 "declarationFragments": [{"spelling": "throws"}], "location": {"uri": "file:///A.swift"}}
            ]}
            """
        try symbols.write(to: file, atomically: false, encoding: .utf8)
        let graph = try SymbolGraph(contentsOf: file)
        #expect(
            graph.faults == [
                "A.bare has no comment", "A.blank has no comment", "A.silent() does not say when it throws",
            ]
        )
    }

    @Test("each library has a page, an article, and its place in the documents about libraries and stability")
    func pages() throws {
        let (guide, stability) = (try Project.text("docs/libraries.md"), try Project.text("docs/stability.md"))
        for library in try Self.libraries() {
            let articles = try Self.articles(of: library)
            #expect(articles.contains("Sources/\(library)/\(library).docc/\(library).md") && articles.count >= 2)
            #expect(guide.contains("\n| `\(library)` |"), "\(library)")
            #expect(stability.contains("`\(library)`"), "\(library)")
        }
    }

    @Test("the code in articles is that of the examples, line by line")
    func code() throws {
        let normal = { (text: String) in
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
        }
        let examples = try Project.swiftFiles(below: "Examples").map { "\n\(normal(try Project.text($0)))\n" }
        var blocks = 0
        for article in try Self.libraries().flatMap(Self.articles(of:)) {
            for block in try Project.text(article).components(separatedBy: "\n```swift\n").dropFirst() {
                let code = try #require(block.components(separatedBy: "\n```").first)
                #expect(examples.contains { $0.contains("\n\(normal(code))\n") }, "\(article): \(code)")
                blocks += 1
            }
        }
        #expect(blocks >= 15)
    }

    @Test("what the libraries for others need is pure, so that it runs wherever Swift does")
    func portability() throws {
        let table = try Project.text("scripts/layers.txt")
        for library in try Self.libraries() { #expect(table.contains("\n\(library) pure:"), "\(library)") }
    }
}
