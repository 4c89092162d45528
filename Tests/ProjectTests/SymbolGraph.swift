import Foundation

/// What a library declares in public, as the compiler tells it to DocC.
struct SymbolGraph: Decodable {
    /// A declaration.
    struct Symbol: Decodable {
        struct Comment: Decodable {
            struct Line: Decodable { let text: String }

            let lines: [Line]
        }

        struct Fragment: Decodable { let spelling: String }

        struct Location: Decodable { let uri: String }

        let pathComponents: [String]
        let docComment: Comment?
        let declarationFragments: [Fragment]?
        /// Where it is declared; absent for what the compiler adds.
        let location: Location?

        /// The name with those around it.
        var name: String { pathComponents.joined(separator: ".") }

        /// The text of the comment.
        var comment: String {
            (docComment?.lines ?? []).map(\.text).joined(separator: " ").trimmingCharacters(in: .whitespaces)
        }

        /// Whether a call may throw.
        var isThrowing: Bool { (declarationFragments ?? []).contains { $0.spelling == "throws" } }
    }

    let symbols: [Symbol]

    /// The declarations in the sources.
    var declared: [Symbol] { symbols.filter { $0.location != nil } }

    /// What is wrong with the comments, one line for each fault.
    var faults: [String] {
        declared.compactMap { symbol in
            if symbol.comment.isEmpty { return "\(symbol.name) has no comment" }
            guard symbol.isThrowing, !symbol.comment.contains(/fails|throws/.ignoresCase()) else { return nil }
            return "\(symbol.name) does not say when it throws"
        }
    }

    /// Reads what scripts/symbol-graphs wrote.
    init(contentsOf file: URL) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }
}
