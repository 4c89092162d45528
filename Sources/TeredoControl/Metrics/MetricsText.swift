package import TeredoProtocol

/// Collects samples, and writes them in the text format of Prometheus, version 0.0.4: the samples of a metric together, behind
/// its HELP and its TYPE.
package struct MetricsText: Sendable {
    /// What an HTTP server calls the format.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var samples: [Metric: [String]] = [:]

    /// Nothing collected yet.
    package init() {}

    /// A sample with the values of the metric's labels, in their order.
    package mutating func add(_ metric: Metric, _ values: [String], _ value: MetricValue) {
        append(metric, metric.rawValue, Self.labels(of: metric, values), value)
    }

    /// The samples of a histogram.
    package mutating func add(_ metric: Metric, _ values: [String], _ histogram: DurationHistogram) {
        let labels = Self.labels(of: metric, values)
        var count: UInt64 = 0
        let bounds = DurationHistogram.bounds.map { MetricValue($0).description } + ["+Inf"]
        for (bound, amount) in zip(bounds, histogram.counts) {
            count += amount
            append(metric, "\(metric.rawValue)_bucket", labels + [("le", bound)], MetricValue(count))
        }
        append(metric, "\(metric.rawValue)_sum", labels, MetricValue(histogram.sum))
        append(metric, "\(metric.rawValue)_count", labels, MetricValue(count))
    }

    /// All samples as lines, the last one with its newline.
    package var text: String {
        Metric.allCases.compactMap { metric in
            guard let lines = samples[metric] else { return nil }
            return "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"
                + lines.map { $0 + "\n" }.joined()
        }.joined()
    }

    private mutating func append(
        _ metric: Metric,
        _ name: String,
        _ labels: [(name: String, value: String)],
        _ value: MetricValue
    ) {
        let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        samples[metric, default: []].append("\(name){\(list)} \(value)")
    }

    private static func labels(of metric: Metric, _ values: [String]) -> [(name: String, value: String)] {
        precondition(values.count == metric.labels.count, "\(metric.rawValue) has other labels")
        return zip(metric.labels, values).map { ($0.rawValue, $1) }
    }

    fileprivate static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension MetricsText {
    /// A text of this format with one more label, before the others of each sample.
    static func adding(_ label: Metric.Label, _ value: String, to text: String) -> String {
        let added = "\(label.rawValue)=\"\(escaped(value))\""
        return text.split(separator: "\n").map { line in
            guard !line.hasPrefix("#") else { return line + "\n" }
            let name = line.prefix { $0 != "{" && $0 != " " }
            let rest = line[name.endIndex...]
            guard rest.hasPrefix("{") else { return "\(name){\(added)}\(rest)\n" }
            return "\(name){\(added)" + (rest.hasPrefix("{}") ? "" : ",") + "\(rest.dropFirst())\n"
        }.joined()
    }

    /// Several texts of this format as one: metrics in the order in which they first appear, with the HELP and TYPE of the first
    /// text that has them.
    ///
    /// The roles of a host may be of different versions of the program: what they say is joined as it is.
    package static func joining(_ texts: [String]) -> String {
        var order: [Substring] = []
        var heads: [Substring: [Substring]] = [:]
        var samples: [Substring: [Substring]] = [:]
        for text in texts {
            var name = Substring()
            var isNew = false
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 3)
                if words.count > 2, words[0] == "#", words[1] == "HELP" || words[1] == "TYPE" {
                    if words[2] != name {
                        name = words[2]
                        isNew = heads[name] == nil
                        if isNew { order.append(name) }
                    }
                    if isNew { heads[name, default: []].append(line) }
                } else if words.first != "#" {
                    samples[name, default: []].append(line)
                }
            }
        }
        return order.map { name in
            (heads[name, default: []] + samples[name, default: []]).map { $0 + "\n" }.joined()
        }.joined()
    }
}
