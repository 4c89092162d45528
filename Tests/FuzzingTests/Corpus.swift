import Foundation
import Testing

/// The inputs of one fuzz target that are kept: `Corpora/NAME.txt`, one input in base64 on each line; a line that begins with `#`
/// is a comment, such as what the next input once did.
struct Corpus {
    /// The inputs in the order of the file.
    let inputs: [[UInt8]]

    /// Reads the corpus of a target.
    init(of target: String) throws {
        let file = Bundle.module.url(forResource: target, withExtension: "txt", subdirectory: "Corpora")
        let text = try String(contentsOf: try #require(file, "Corpora/\(target).txt"), encoding: .utf8)
        inputs = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            [UInt8](try #require(Data(base64Encoded: String(line)), "\(line) is no base64"))
        }
    }
}
