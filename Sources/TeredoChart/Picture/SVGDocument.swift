/// Draws charts as one picture, an SVG file that stands alone: no script, no font and no style from elsewhere.
package struct SVGDocument {
    private let charts: [ChartModel]

    /// A picture of `charts`, one below the other.
    package init(_ charts: [ChartModel]) {
        self.charts = charts.filter { !$0.participants.isEmpty }
    }

    /// The file.
    package var text: String {
        let width = charts.map { SVGChart($0).width }.max() ?? 320
        var top = 0
        var body: [String] = []
        for chart in charts {
            let drawing = SVGChart(chart)
            body.append("<g transform=\"translate(0,\(top))\">")
            body += drawing.elements
            body.append("</g>")
            top += drawing.height
        }
        let titles = charts.map(\.title).filter { !$0.isEmpty }.joined(separator: "; ")
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(max(top, 1))\" width=\"\(width)\""
                + " height=\"\(max(top, 1))\" role=\"img\" aria-label=\"\(SVGText.escaped(Self.label(titles)))\">",
            "<title>\(SVGText.escaped(Self.label(titles)))</title>",
            "<style>\(Self.style)</style>",
            "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
        ]
        return (head + body + ["</svg>", ""]).joined(separator: "\n")
    }

    private static func label(_ titles: String) -> String {
        titles.isEmpty ? "Sequence chart of Teredo packets" : "Sequence chart: \(titles)"
    }

    /// Colours that can be read on light and on dark ground; labels have a rim in the colour of the ground.
    private static let style = """
        text{font:12px ui-monospace,'DejaVu Sans Mono',monospace;fill:#1b1f24}\
        .title{font-weight:bold;font-size:14px}.name{font-weight:bold;text-anchor:middle}\
        .time{fill:#57606a;text-anchor:end}.label{text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}\
        .ground{fill:#fff}.life{stroke:#8c959f;stroke-dasharray:3 3}.shaft{stroke:#0550ae;stroke-width:1.5}\
        .head{fill:#0550ae}.lost{stroke:#cf222e;stroke-width:1.5}\
        @media(prefers-color-scheme:dark){text{fill:#e6edf3}.time{fill:#9198a1}.label{stroke:#0d1117}\
        .ground{fill:#0d1117}.life{stroke:#656c76}.shaft{stroke:#79c0ff}.head{fill:#79c0ff}.lost{stroke:#ff7b72}}
        """
}
