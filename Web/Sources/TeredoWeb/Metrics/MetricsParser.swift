/// Reads Prometheus' text format (version 0.0.4), strictly: what a role sends becomes part of what others send.
package enum MetricsParser {
    private static let types: Set<Substring> = ["counter", "gauge", "histogram", "summary", "untyped"]
    private static let suffixes = ["_bucket", "_sum", "_count"]

    /// The families of `text` in the order in which they come.
    package static func families(of text: String) throws(MetricsError) -> [MetricFamily] {
        var families: [MetricFamily] = []
        var indices: [String: Int] = [:]
        func index(of name: String) -> Int {
            if let index = indices[name] { return index }
            indices[name] = families.count
            families.append(MetricFamily(name: name))
            return families.count - 1
        }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty { continue }
            if line.first == "#" {
                let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true)
                guard words.count >= 3, words[0] == "#" else { continue }
                switch words[1] {
                case "HELP":
                    guard isName(words[2]) else { throw MetricsError(line: number + 1, problem: "names no metric") }
                    families[index(of: String(words[2]))].help = words.count > 3 ? String(words[3]) : ""
                case "TYPE":
                    guard isName(words[2]), words.count == 4, types.contains(words[3]) else {
                        throw MetricsError(line: number + 1, problem: "has no type of a metric")
                    }
                    families[index(of: String(words[2]))].type = String(words[3])
                default: continue
                }
                continue
            }
            guard let sample = sample(line) else {
                throw MetricsError(line: number + 1, problem: "is neither a sample nor a comment")
            }
            var family = sample.name
            if indices[family] == nil,
                let suffix = suffixes.first(where: { sample.name.hasSuffix($0) }),
                indices[String(sample.name.dropLast(suffix.count))] != nil
            {
                family = String(sample.name.dropLast(suffix.count))
            }
            families[index(of: family)].samples.append(sample)
        }
        return families
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: ":") }
    }

    private static func isLetter(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20) || octet == UInt8(ascii: "_")
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }

    /// `name{label="value",…} number`; a time is allowed and left out.
    private static func sample(_ line: Substring) -> MetricSample? {
        let nameEnd = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        let name = line[..<nameEnd]
        guard isName(name) else { return nil }
        var rest = line[nameEnd...]
        var labels = Substring()
        if rest.first == "{" {
            guard let end = endOfLabels(rest) else { return nil }
            labels = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        }
        if labels.last == "," { labels = labels.dropLast() }
        let words = rest.split(separator: " ")
        guard words.count == 1 || words.count == 2 && Int(words[1]) != nil, isValue(words[0]) else { return nil }
        return MetricSample(name: String(name), labels: String(labels), value: String(words[0]))
    }

    private static func isValue(_ text: Substring) -> Bool {
        if ["+Inf", "-Inf", "NaN"].contains(text) { return true }
        return text.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) } && Double(text) != nil
    }

    /// Where the closing brace is, when all before it are labels.
    private static func endOfLabels(_ text: Substring) -> Substring.Index? {
        var position = text.index(after: text.startIndex)
        while position < text.endIndex {
            if text[position] == "}" { return position }
            guard let equals = text[position...].firstIndex(of: "="), isName(text[position..<equals]),
                !text[position..<equals].contains(":")
            else { return nil }
            position = text.index(after: equals)
            guard position < text.endIndex, text[position] == "\"" else { return nil }
            position = text.index(after: position)
            var isEscaped = false
            while position < text.endIndex, isEscaped || text[position] != "\"" {
                isEscaped = !isEscaped && text[position] == "\\"
                position = text.index(after: position)
            }
            guard position < text.endIndex else { return nil }
            position = text.index(after: position)
            if position < text.endIndex, text[position] == "," {
                position = text.index(after: position)
            } else if position >= text.endIndex || text[position] != "}" {
                return nil
            }
        }
        return nil
    }
}
