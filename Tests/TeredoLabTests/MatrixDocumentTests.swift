import FoundationEssentials
import TeredoLab
import Testing

struct MatrixDocumentTests {
    @Test("docs/nat-matrix.md is what teredo lab --matrix prints")
    func isCurrent() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/docs/nat-matrix.md"
        let document = try String(decoding: #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        let isCurrent = try MatrixDocument().markdown() + "\n" == document
        #expect(isCurrent, "write it again: swift run teredo lab --matrix > docs/nat-matrix.md")
    }

    @Test("with transit every pair of NATs connects, with one server and with two; alone RFC 6081 does not connect all")
    func everyPair() throws {
        let text = try MatrixDocument().markdown()
        #expect(text.split(separator: "\n").count { $0 == "100 of 100 connect." } == 2)
        #expect(!text.contains("| ? "), "a pair gave neither reply nor error")
    }
}
