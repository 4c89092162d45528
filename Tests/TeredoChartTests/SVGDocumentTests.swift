import Foundation
import FoundationXML
import TeredoChart
import Testing

/// Sequence charts as pictures.
struct SVGDocumentTests {
    /// Collects what an XML parser finds.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [String: Int] = [:]
        var texts: [String] = []
        private var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements[name, default: 0] += 1
            text = ""
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            if name == "text" { texts.append(text) }
        }
    }

    private static func read(_ document: String) -> Reader? {
        let parser = XMLParser(data: Data(document.utf8))
        let reader = Reader()
        parser.delegate = reader
        return parser.parse() ? reader : nil
    }

    private static let label = "<script>alert(\"1\")</script> & \u{1}\u{FFFE}]]>"

    private static func chart(_ title: String) -> ChartModel {
        ChartModel(
            title: title,
            participants: ["client A", "a & <b>", "relay"],
            rows: [
                ChartRow(time: .milliseconds(1), .arrow(from: 0, to: 1, .arrives), label: label),
                ChartRow(time: .milliseconds(2), .arrow(from: 2, to: 0, .lost), label: "lost"),
                ChartRow(time: nil, .arrow(from: 1, to: 2, .bothWays), label: "data"),
                ChartRow(time: nil, .arrow(from: 1, to: 1, .arrives), label: "to itself"),
                ChartRow(time: nil, .remark, label: "a remark"),
            ]
        )
    }

    @Test("the picture is XML that holds every name and label, whatever stands in them")
    func wellFormed() throws {
        let reader = try #require(Self.read(SVGDocument([Self.chart("one"), Self.chart("two")]).text))
        #expect(reader.elements["svg"] == 1 && reader.elements["title"] == 1 && reader.elements["script"] == nil)
        // Each chart: three lifelines, three shafts, two strokes of a cross.
        #expect(reader.elements["line"] == 2 * (3 + 3 + 2))
        #expect(reader.texts.filter { $0 == "a & <b>" }.count == 2)
        #expect(reader.texts.contains { $0.hasPrefix("<script>alert(\"1\")</script> &") })
        for text in ["one", "two", "1.0 ms", "lost", "data", "to itself", "a remark"] {
            #expect(reader.texts.contains(text), "\(text)")
        }
    }

    @Test("the picture refers to nothing outside of it")
    func standsAlone() {
        let text = SVGDocument([Self.chart("")]).text.replacing("http://www.w3.org/2000/svg", with: "")
        for word in ["http", "href", "url(", "@import", "<image", "<foreignObject"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("no chart makes an empty picture")
    func empty() {
        #expect(Self.read(SVGDocument([]).text)?.texts == [])
    }
}
