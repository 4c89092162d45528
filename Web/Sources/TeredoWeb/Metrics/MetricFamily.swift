/// The samples of one metric, with what is said about it.
package struct MetricFamily: Hashable, Sendable {
    /// The name.
    package var name: String
    /// What it means, escaped as in the text format.
    package var help: String?
    /// `counter`, `gauge`, `histogram`, `summary` or `untyped`.
    package var type: String?
    /// The samples: name, labels as text without braces, and value.
    package var samples: [MetricSample] = []
}

/// One line of the text format.
package struct MetricSample: Hashable, Sendable {
    /// The name: that of the family, or with `_bucket`, `_sum` or `_count` behind it.
    package var name: String
    /// The labels as they were written, without braces; empty when there are none.
    package var labels: String
    /// The value as it was written.
    package var value: String

    /// The line, with `label` before the labels of its own.
    package func line(with label: String) -> String {
        "\(name){\(labels.isEmpty ? label : "\(label),\(labels)")} \(value)\n"
    }
}
