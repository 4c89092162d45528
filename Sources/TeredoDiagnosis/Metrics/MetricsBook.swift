import TeredoControl
import TeredoHost
import TeredoProtocol

/// What each metric and each reason of drops means, and what to do.
///
/// docs/metrics.md is printed from here.
package enum MetricsBook {
    /// The names that ``page(_:)`` knows: reasons, then metrics.
    package static var names: [String] {
        DropReason.allCases.map(\.label) + LossReason.allCases.map(\.rawValue) + Metric.allCases.map(\.rawValue)
    }

    /// The page of a reason or of a metric, in Markdown that reads well in a terminal; `nil` for another name.
    package static func page(_ name: String) -> String? {
        if let reason = DropReason.allCases.first(where: { $0.label == name }) { return DropBook.page(reason) }
        if let reason = LossReason(rawValue: name) { return DropBook.page(reason) }
        return Metric(rawValue: name).map(page)
    }

    private static func page(_ metric: Metric) -> String {
        let labels = metric.labels.map(\.rawValue).joined(separator: ", ")
        let lines = WrappedText.lines(metric.help) + ["", "* \(metric.kind.rawValue), labels: \(labels)"]
        return (["### \(metric.rawValue)", ""] + lines).joined(separator: "\n")
    }

    /// All of it as one document.
    package static var document: String {
        """
        # Metrics

        <!-- Written by `teredo status --explain all > docs/metrics.md`; a test holds it to the program. Do not edit. -->

        `teredo metrics` asks all roles that run on this host, instances with sockets of their own
        ([operating](operating.md)) among them, and prints what they count and measure in the text format of Prometheus. The method `metrics` of the [control socket](control.md) gives the same for one role. The program has no
        HTTP server: node_exporter reads the text from a file, once a minute for example:

            * * * * * root  cd /var/lib/prometheus/node-exporter && teredo metrics > teredo.prom.new && mv teredo.prom.new teredo.prom

        What cannot be written is an error, so that a full disk leaves the old file, and not half of a new one. A role that has a
        socket and does not answer is `teredo_up` 0.

        [packaging/prometheus](../packaging/prometheus) has alert rules, each with a section in [runbooks](runbooks.md), and a
        dashboard for Grafana.

        ## Names

        Names and units are those of Prometheus' conventions. Counters begin at 0 with the role, and all reasons are there from
        the start. What other programs call `process_…` is `teredo_process_…`, because node_exporter has metrics of the
        first name itself.

        | label | what it tells |
        | --- | --- |
        \(Metric.Label.allCases.map { "| `\($0.rawValue)` | \(meaning(of: $0)) |" }.joined(separator: "\n"))

        ## All metrics

        | metric | type | labels | meaning |
        | --- | --- | --- | --- |
        \(Metric.allCases.map(row).joined(separator: "\n"))

        The buckets of all histograms end at \(bounds) s.

        ## Reasons of `teredo_dropped_total`

        What the protocol does not let pass. `teredo status` counts the same under `Dropped`, and `teredo status --explain
        REASON` prints one of these sections.

        \(DropReason.allCases.map(DropBook.page).joined(separator: "\n\n"))

        ## Reasons of `teredo_lost_total`

        What the system refused or had no room for; `teredo status` has it under `Lost`.

        \(LossReason.allCases.map(DropBook.page).joined(separator: "\n\n"))
        """
    }

    private static var bounds: String {
        DurationHistogram.bounds.map { MetricValue($0).description }.joined(separator: ", ")
    }

    private static func row(_ metric: Metric) -> String {
        let labels = metric.labels.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return "| `\(metric.rawValue)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }

    private static func meaning(of label: Metric.Label) -> String {
        switch label {
        case .socket:
            "The control socket by its file: `client-home` for /run/teredo/client-home.sock. Every sample has it, where "
                + "those of several roles are together; an answer of the control socket does not."
        case .role:
            "The role as in `teredo ROLE`: client, server, relay, host-relay, gateway, or auto whichever it runs."
        case .part: "What counts: client, server or relay. A gateway has a server and a relay."
        case .reason: "Why something went no further: one of the reasons below."
        case .state: "What a client is: offline, qualifying or qualified."
        case .offload: "What the kernel did not take in one piece: segmentation or coalescing."
        case .server: "The primary address of a server that the client knows."
        case .version: "The version of the running program."
        }
    }
}
