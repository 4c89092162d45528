import TeredoHost
import TeredoLinux

/// A file of settings: YAML, of which a flat mapping of keys to values or lists of values is all that is needed.
///
/// A reader of our own, because Yams, which swift-configuration reads YAML with, brings all of Foundation, and because
/// neither of them tells the line of a key that nobody knows. What YAML has beyond that is refused, never misread.
///
/// What is wrong with a line is said without the line: the file may be a wrong one, such as one with secrets, and errors end
/// up in logs.
package struct SettingsFile: Hashable, Sendable {
    /// The path, for messages.
    package let path: String
    /// The entries in the order of the file.
    package private(set) var entries: [Entry] = []

    /// One key with its value or values.
    package struct Entry: Hashable, Sendable {
        /// The key.
        package let key: String
        /// The line of the key, from 1.
        package let line: Int
        /// The values; one unless it is a list.
        package fileprivate(set) var values: [YAMLScalar]
        /// Whether the values were written as a list.
        package fileprivate(set) var isList: Bool
    }

    /// Reads the file at `path`.
    package init(path: String) throws {
        let file: PrivateFile
        do {
            file = try PrivateFile(path: path, limit: 1 << 20)
        } catch {
            throw ServiceError("\(path): \(error)", remedy: "give the path of a readable settings file")
        }
        guard let text = String(validating: file.contents, as: UTF8.self) else {
            throw ConfigurationError(path, "the file is not UTF-8 text")
        }
        try self.init(parsing: text, path: path)
    }

    /// Reads the text of a file; `path` is for messages.
    package init(parsing text: String, path: String) throws(ConfigurationError) {
        self.path = path
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let number = index + 1
            do {
                try read(line, number: number)
            } catch {
                throw ConfigurationError("\(path):\(number)", error.problem)
            }
        }
        if let entry = entries.first(where: { !$0.isList && $0.values.isEmpty }) {
            let place = place(of: entry)
            throw ConfigurationError("\(place): \(entry.key)", "has no value; give one or remove the line").at(place)
        }
    }

    /// The line that sets `key` to one value, in quotes where a reader would take the value for something else; `nil` when it has
    /// what no quotes can hold.
    package static func entry(_ key: String, _ value: String) -> String? {
        ["\(key): \(value)", "\(key): '\(value)'", "\(key): \"\(value)\""].first { line in
            // With the line's end behind it: a carriage return at the end of the value would become a part of that.
            guard let entries = try? SettingsFile(parsing: line + "\n", path: "").entries, entries.count == 1 else {
                return false
            }
            return !entries[0].isList && entries[0].key == key && entries[0].values.map(\.text) == [value]
        }
    }

    /// File and line of an entry.
    package func place(of entry: Entry) -> String { "\(path):\(entry.line)" }

    private mutating func read(_ line: Substring, number: Int) throws(YAMLScalar.Failure) {
        let content = line.drop { $0 == " " }
        guard let first = content.first, first != "#", !(number == 1 && line.hasPrefix("---")) else { return }
        guard first != "\t" else { throw YAMLScalar.Failure("indented with a tab; YAML allows only spaces") }
        if content == "-" || content.hasPrefix("- ") { return try readItem(content.dropFirst()) }
        guard content.startIndex == line.startIndex else {
            throw YAMLScalar.Failure("the line is indented; keys start their line, and nothing is nested")
        }
        guard let colon = content.firstIndex(of: ":") else {
            throw YAMLScalar.Failure("the line is not 'key: value'")
        }
        let key = String(content[..<colon])
        let rest = content[content.index(after: colon)...]
        guard rest.isEmpty || rest.first == " " else {
            throw YAMLScalar.Failure("\(Self.isKnown(key) ? "'\(key):'" : "a key") needs a space after the colon")
        }
        if let other = entries.first(where: { $0.key == key }) {
            throw YAMLScalar.Failure(
                "\(Self.isKnown(key) ? "\(key):" : "a key") was already given on line \(other.line)"
            )
        }
        if let list = try YAMLScalar.list(rest) {
            entries.append(Entry(key: key, line: number, values: list, isList: true))
        } else {
            entries.append(Entry(key: key, line: number, values: try YAMLScalar.optional(rest), isList: false))
        }
    }

    private static func isKnown(_ key: String) -> Bool { Setting.all.contains { $0.key == key } }

    private mutating func readItem(_ text: Substring) throws(YAMLScalar.Failure) {
        guard let last = entries.indices.last, entries[last].values.isEmpty || entries[last].isList else {
            throw YAMLScalar.Failure("a list item without a key above it")
        }
        guard let value = try YAMLScalar.optional(text).first else { throw YAMLScalar.Failure("an empty list item") }
        entries[last].values.append(value)
        entries[last].isList = true
    }
}
