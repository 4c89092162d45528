/// What a maintainer needs to know about this host and its roles, with addresses, names and secrets masked.
package struct BugReport: Hashable, Sendable, Encodable {
    /// The sections in their order.
    package private(set) var sections: [Section] = []

    /// One section: what was looked at, and what was there.
    package struct Section: Hashable, Sendable, Encodable {
        /// The heading.
        package let title: String
        /// The lines.
        package let text: String

        /// Makes a section.
        package init(_ title: String, _ text: String) {
            self.title = title
            self.text = text
        }
    }

    /// Masks `sections`; `names` are words to mask beside the addresses, each with its meaning.
    package init(masking sections: [Section], names: [(name: String, meaning: String)]) {
        var mask = AddressMask()
        for name in names { mask.add(name: name.name, meaning: name.meaning) }
        for section in sections {
            self.sections.append(Section(mask.masked(section.title), mask.masked(Self.bounded(section.text))))
        }
        self.sections.append(
            Section("Masks", mask.legend.isEmpty ? "nothing was masked" : mask.legend.joined(separator: "\n"))
        )
    }

    /// The report for people and for the tracker of the project.
    package var text: String {
        let parts = sections.map { "## \($0.title)\n\n" + Self.indented($0.text) }
        return ([Self.introduction] + parts).joined(separator: "\n\n")
    }

    private static let introduction = """
        # teredo bug report

        Addresses and names are masked, each always by the same mask; nothing was sent anywhere. Read it before you
        pass it on.
        """

    /// The last lines of a text that would make the report unreadable.
    private static func bounded(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > lineLimit else { return text }
        return "(\(lines.count - lineLimit) lines left out)\n" + lines.suffix(lineLimit).joined(separator: "\n")
    }

    private static let lineLimit = 1000

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let end = line.lastIndex { $0 != " " }
            return end.map { "    \(line[...$0])" } ?? ""
        }.joined(separator: "\n")
    }
}
