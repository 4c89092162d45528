import TeredoHost
import TeredoLinux

/// A configuration file of Miredo 1.2.6: `miredo.conf` or `miredo-server.conf`.
///
/// One directive and one value per line; directives are case-insensitive, lines that begin with `#` are comments. What stands in
/// a file that is none of Miredo's is never repeated: it may be somebody's secret.
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
        guard let text = String(validating: file.contents, as: UTF8.self) else {
            throw ConfigurationError(path, "the file is not UTF-8 text")
        }
        try self.init(parsing: text, path: path)
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
            let subject = Self.known.contains(name.lowercased()) ? "'\(name)'" : "a directive that Miredo does not have"
            guard words.count == 2 else {
                throw ConfigurationError(place, "\(subject) takes one value, and there are \(words.count - 1)")
            }
            if let other = directives.first(where: { $0.name.lowercased() == name.lowercased() }) {
                throw ConfigurationError(
                    place,
                    "\(subject) was already given on line \(other.number); keep one of them"
                )
            }
            directives.append(Line(name: String(name), value: String(words[1]), number: index + 1))
        }
        guard !directives.isEmpty else {
            throw ConfigurationError(path, "contains no directive; give Miredo's miredo.conf or miredo-server.conf")
        }
        self.directives = directives
    }

    /// Every directive of Miredo 1.2.6, in lower case.
    static let known: Set = [
        "relaytype", "serveraddress", "serveraddress2", "serverbindaddress", "serverbindaddress2", "interfacename",
        "bindaddress", "bindport", "prefix", "interfacemtu", "syslogfacility",
    ]

    /// The value of a directive.
    func value(_ name: String) -> Line? { directives.first { $0.name.lowercased() == name.lowercased() } }
}
