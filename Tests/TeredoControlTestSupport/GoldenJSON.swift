import Foundation
import TeredoHost

/// The JSON that scripts see, as it was once written, in Tests/Golden: the same state stays the same octets.
package enum GoldenJSON {
    /// The text in the file `name`.json.
    package static func text(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden")
        return try String(contentsOf: folder.appendingPathComponent("\(name).json"), encoding: .utf8)
    }

    /// How `value` is written now; sentences for people, of which the files have none, are left out.
    package static func encode(_ value: some Encodable) throws -> String {
        let text = try JSONText.encode(value, isPretty: true)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.map(withoutSentence).joined(separator: "\n") + "\n"
    }

    private static let sentences = ["description", "meaning", "remedy", "summary"].map {
        #""\#($0)" : ""#
    }

    private static func withoutSentence(_ line: String) -> String {
        let content = line.drop { $0 == " " }
        let indent = String(repeating: " ", count: line.count - content.count)
        guard let key = sentences.first(where: content.hasPrefix) else { return line }
        return indent + key + "…\"" + (line.hasSuffix(",") ? "," : "")
    }
}
