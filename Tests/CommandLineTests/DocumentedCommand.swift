import Foundation
import Testing

/// A command line in a document, cut into the commands that a shell would run.
struct DocumentedCommand: CustomTestStringConvertible, Sendable {
    let document: String
    let line: Int
    let text: String

    var testDescription: String { "\(document):\(line): \(text)" }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// README.md and every document in docs.
    static var documents: [String] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("docs").path)) ?? []
        return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }

    /// Every line of a code block, indented or fenced, that is for a shell: behind a prompt, or a call of this program without one.
    static var inBlocks: [Self] { lines(selectInBlock) }

    /// The same of one text.
    static func inBlocks(of text: String) -> [Self] { lines(of: text, in: "text", selectInBlock) }

    private static func selectInBlock(text: String, isFenced: Bool) -> [String] {
        guard isFenced || text.hasPrefix("    ") || text.hasPrefix("\t") else { return [] }
        let line = text.drop { $0 == " " || $0 == "\t" }
        if line.hasPrefix("$ ") { return [String(line.dropFirst(2))] }
        return line.hasPrefix("teredo ") || line.hasPrefix("sudo teredo ") ? [String(line)] : []
    }

    /// Every call of this program that a sentence names in code type: it may be only the part that matters.
    static var inSentences: [Self] {
        lines { text, isFenced in
            guard !isFenced && !text.hasPrefix("    ") else { return [] }
            let parts = text.components(separatedBy: "`")
            let spans = parts.indices.filter { !$0.isMultiple(of: 2) }.map { parts[$0] }
            return spans.filter { $0.hasPrefix("teredo ") || $0.hasPrefix("sudo teredo ") }
        }
    }

    private static func lines(_ select: (_ text: String, _ isFenced: Bool) -> [String]) -> [Self] {
        documents.flatMap { document -> [Self] in
            let url = root.appendingPathComponent(document)
            let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
            return lines(of: text, in: document, select)
        }
    }

    private static func lines(
        of text: String,
        in document: String,
        _ select: (_ text: String, _ isFenced: Bool) -> [String]
    ) -> [Self] {
        var isFenced = false
        return text.components(separatedBy: "\n").enumerated().flatMap { number, line -> [Self] in
            if line.hasPrefix("```") { isFenced.toggle() }
            return select(line, isFenced).map { Self(document: document, line: number + 1, text: $0) }
        }
    }

    /// The words of each command, without `sudo`, assignments, redirections and comments.
    var commands: [[String]] {
        var commands: [[String]] = []
        var current: [String] = []
        var isFileNext = false
        for token in Self.tokens(text) {
            if token.isOperator {
                if token.text == ">" || token.text == "<" {
                    isFileNext = true
                } else {
                    commands.append(current)
                    current = []
                }
            } else if isFileNext {
                isFileNext = false
            } else {
                current.append(token.text)
            }
        }
        return (commands + [current]).map(Self.withoutPrefixes).filter { !$0.isEmpty }
    }

    private static func withoutPrefixes(_ words: [String]) -> [String] {
        var words = words[...]
        while let first = words.first {
            let name = first.prefix { $0 != "=" }
            let isAssignment = name.count < first.count && name.allSatisfy { $0 == "_" || $0.isUppercase }
            guard first == "sudo" || isAssignment else { break }
            words = words.dropFirst()
        }
        return Array(words)
    }

    private struct Token {
        var text: String
        var isOperator = false
    }

    /// Words and operators as a shell sees them; a comment ends the line.
    private static func tokens(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var word: String?
        var quote: Character?
        func end() {
            if let ended = word { tokens.append(Token(text: ended)) }
            word = nil
        }
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                word = word ?? ""
            case " ": end()
            case "#" where word == nil: return tokens
            case "|", ">", "<", ";", "&":
                end()
                tokens.append(Token(text: String(character), isOperator: true))
            default: word = (word ?? "") + String(character)
            }
        }
        end()
        return tokens
    }
}
