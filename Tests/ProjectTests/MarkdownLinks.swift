import Foundation

/// The links of a Markdown document, and the anchors that others can link to, as GitHub makes them.
struct MarkdownLinks {
    /// What links lead to, in their order, without those to other sites.
    let targets: [String]
    /// The anchors of the headings, and those made by hand.
    let anchors: Set<String>

    init(_ text: String) {
        let prose = Self.prose(text)
        targets = prose.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
            .filter { $0.wholeMatch(of: /(?:https?|mailto):.*/) == nil }
        var anchors = Set(text.matches(of: /<a id="([^"]+)">/).map { String($0.1) })
        for line in prose.split(separator: "\n") where line.hasPrefix("#") {
            let heading = line.drop { $0 == "#" }.drop { $0 == " " }
            let slug = Self.slug(String(heading))
            var anchor = slug
            var number = 0
            while !anchors.insert(anchor).inserted {
                number += 1
                anchor = "\(slug)-\(number)"
            }
        }
        self.anchors = anchors
    }

    /// The text without blocks of code.
    ///
    /// Code within a line stays for the headings; brackets in it that look like a link are none of any document here.
    private static func prose(_ text: String) -> String {
        var isFenced = false
        return text.components(separatedBy: "\n").filter { line in
            if line.hasPrefix("```") {
                isFenced.toggle()
                return false
            }
            return !isFenced && !line.hasPrefix("    ")
        }.joined(separator: "\n")
    }

    private static func slug(_ heading: String) -> String {
        heading.replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.1 }.lowercased()
            .filter { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == " " }
            .replacingOccurrences(of: " ", with: "-")
    }

    /// What is wrong with the links of a document; `text` gives the text of any file of the project, `nil` where there is none.
    static func problems(of document: String, text: (String) -> String?) -> [String] {
        guard let own = text(document).map(Self.init) else { return ["\(document) cannot be read"] }
        let folder = document.split(separator: "/").dropLast().map(String.init)
        return own.targets.compactMap { target in
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var links = own
            if !parts[0].isEmpty {
                var path = folder
                for part in parts[0].split(separator: "/") where part != "." {
                    if part == ".." { _ = path.popLast() } else { path.append(String(part)) }
                }
                guard let other = text(path.joined(separator: "/")) else {
                    return "\(document) links to \(target), which is not there"
                }
                guard parts.count == 2 else { return nil }
                links = Self(other)
            }
            guard parts.count == 2, !links.anchors.contains(parts[1]) else { return nil }
            return "\(document) links to \(target), and there is no such heading"
        }
    }
}
