/// The metrics of several roles as one valid text: each family once, and a label `socket` that tells who is meant.
///
/// Roles have the label `role` themselves, but two instances of a role have the same one.
package struct MergedMetrics: Sendable {
    /// The content type of the text.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var families: [MetricFamily] = []
    private var indices: [String: Int] = [:]
    private var lines: [[String]] = []
    private var comments: [String] = []

    /// Nothing yet.
    package init() {
        _ = index(
            of: MetricFamily(
                name: "teredo_up",
                help: "Whether the role answers on its control socket: 1, or 0 when there is a socket and no answer.",
                type: "gauge"
            )
        )
    }

    private mutating func index(of family: MetricFamily) -> Int {
        if let index = indices[family.name] {
            if families[index].help == nil { families[index].help = family.help }
            if families[index].type == nil { families[index].type = family.type }
            return index
        }
        indices[family.name] = families.count
        families.append(MetricFamily(name: family.name, help: family.help, type: family.type))
        lines.append([])
        return families.count - 1
    }

    /// Adds what a role said.
    package mutating func add(_ text: String, of socket: RoleSocket) throws(MetricsError) {
        let read = try MetricsParser.families(of: text)
        if let other = read.first(where: { family in
            indices[family.name].map {
                families[$0].type != nil && family.type != nil && families[$0].type != family.type
            }
                ?? false
        }) {
            throw MetricsError(line: 1, problem: "are of a version in which \(other.name) is of another type")
        }
        for family in read {
            let index = index(of: family)
            lines[index].append(contentsOf: family.samples.map { $0.line(with: Self.label(socket)) })
        }
    }

    /// Says that a role did not answer, with a sentence about why.
    package mutating func addFailure(_ sentence: String, of socket: RoleSocket) {
        comments.append("# " + sentence.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n")
        lines[0].append("teredo_up{\(Self.label(socket)),role=\"\(socket.role)\"} 0\n")
    }

    /// The text.
    package var text: String {
        var text = comments.joined()
        for (family, lines) in zip(families, lines) where !lines.isEmpty {
            if let help = family.help { text += "# HELP \(family.name) \(help)\n" }
            if let type = family.type { text += "# TYPE \(family.name) \(type)\n" }
            text += lines.joined()
        }
        return text
    }

    // The name of a socket has no character that would need an escape.
    private static func label(_ socket: RoleSocket) -> String { "socket=\"\(socket.name)\"" }
}
