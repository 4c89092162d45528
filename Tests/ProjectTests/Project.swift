import Foundation

/// The files of the project, found from where this file lies.
enum Project {
    /// The folder of the package.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file, named from the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The Swift files below a folder, named from the root, in order.
    static func swiftFiles(below folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
            .filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
    }

    /// The lines of a Swift file without comments, with their numbers.
    static func code(_ path: String) throws -> [(number: Int, text: String)] {
        try text(path).components(separatedBy: "\n").enumerated().compactMap { index, line in
            let code = line.range(of: "(^|\\s)//.*$", options: .regularExpression).map { line[..<$0.lowerBound] }
            let text = String(code ?? line[...])
            return text.allSatisfy(\.isWhitespace) ? nil : (index + 1, text)
        }
    }
}
