import TeredoHost
import TeredoLinux

/// A configuration file of Miredo 1.2.6: `miredo.conf` or `miredo-server.conf`.
///
/// One directive and one value per line; directives are case-insensitive, lines that begin with `#` are comments.
package struct MiredoConfiguration: Hashable, Sendable {
    /// The path, for messages.
    package let path: String
    /// The directives in the order of the file.
    package let directives: [Line]

    /// One directive.
    package struct Line: Hashable, Sendable {
        /// The directive as it was written.
        package let name: String
        /// Its value.
        package let value: String
        /// The line, from 1.
        package let number: Int
    }

    /// Reads the file at `path`.
    package init(path: String) throws {
        let file: PrivateFile
        do {
            file = try PrivateFile(path: path, limit: 1 << 20)
        } catch {
            throw ServiceError("\(path): \(error)", remedy: "give the path of a readable miredo.conf")
        }
        try self.init(parsing: String(decoding: file.contents, as: UTF8.self), path: path)
    }

    /// Reads the text of a file; `path` is for messages.
    package init(parsing text: String, path: String) throws(ConfigurationError) {
        self.path = path
        var directives: [Line] = []
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            let place = "\(path):\(index + 1)"
            guard words.count == 2 else {
                throw ConfigurationError(place, "'\(name)' takes one value, and there are \(words.count - 1)")
            }
            if let other = directives.first(where: { $0.name.lowercased() == name.lowercased() }) {
                throw ConfigurationError(place, "'\(name)' was already given on line \(other.number); keep one of them")
            }
            directives.append(Line(name: String(name), value: String(words[1]), number: index + 1))
        }
        guard !directives.isEmpty else {
            throw ConfigurationError(path, "contains no directive; give Miredo's miredo.conf or miredo-server.conf")
        }
        self.directives = directives
    }

    /// The value of a directive.
    func value(_ name: String) -> Line? { directives.first { $0.name.lowercased() == name.lowercased() } }
}
