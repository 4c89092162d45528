import Foundation
import TeredoLinux
import Testing

/// Which files a command overwrites, and which it leaves alone.
@Suite("Output file")
struct OutputFileTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    private func withDirectory(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body()
    }

    private func write(_ text: String, to path: String) throws {
        let file = try OutputFile(path: path)
        let isWritten = try file.write(Array(text.utf8)) { true }
        #expect(isWritten)
    }

    @Test("a new file and an own one that exists hold what was written, for the owner only")
    func ownFiles() throws {
        try withDirectory {
            let path = "\(directory)/file"
            for text in ["longer than the next", "short"] {
                try write(text, to: path)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            }
        }
    }

    @Test("a file is replaced as a whole, for the owner only, and who has the old one open keeps it")
    func replaced() throws {
        try withDirectory {
            let path = "\(directory)/file"
            try OutputFile.replace(path: path, with: Array("first".utf8))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            try FileManager.default.linkItem(atPath: path, toPath: "\(directory)/other")
            // What a killed process left.
            try "half".write(toFile: "\(directory)/.file.new", atomically: false, encoding: .utf8)
            try OutputFile.replace(path: path, with: Array("second".utf8))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
            #expect(try String(contentsOfFile: "\(directory)/other", encoding: .utf8) == "first")
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["file", "other"])
        }
    }

    @Test("what is no plain file is not replaced, and a link neither")
    func notReplaced() throws {
        try withDirectory {
            let target = "\(directory)/target"
            try "precious".write(toFile: target, atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: "\(directory)/link", withDestinationPath: target)
            try FileManager.default.createDirectory(atPath: "\(directory)/folder", withIntermediateDirectories: true)
            #expect(throws: OutputFile.Failure.symbolicLink) {
                try OutputFile.replace(path: "\(directory)/link", with: [])
            }
            #expect(throws: OutputFile.Failure.notAFile) {
                try OutputFile.replace(path: "\(directory)/folder", with: [])
            }
            #expect(throws: OutputFile.Failure.system(code: ENOENT)) {
                try OutputFile.replace(path: "\(directory)/none/file", with: [])
            }
            #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
        }
    }

    @Test("links are not followed, and what they lead to stays as it was")
    func links() throws {
        try withDirectory {
            let target = "\(directory)/target"
            try "precious".write(toFile: target, atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: "\(directory)/symbolic", withDestinationPath: target)
            try FileManager.default.createSymbolicLink(atPath: "\(directory)/new", withDestinationPath: target + "2")
            #expect(throws: OutputFile.Failure.symbolicLink) { try write("x", to: "\(directory)/symbolic") }
            #expect(throws: OutputFile.Failure.symbolicLink) { try write("x", to: "\(directory)/new") }
            try FileManager.default.linkItem(atPath: target, toPath: "\(directory)/hard")
            #expect(throws: OutputFile.Failure.linked) { try write("x", to: "\(directory)/hard") }
            #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
            #expect(!FileManager.default.fileExists(atPath: target + "2"))
        }
    }

    @Test("directories, devices and missing folders are refused at once")
    func others() throws {
        try withDirectory {
            #expect(throws: OutputFile.Failure.notAFile) { try write("x", to: directory) }
            #expect(throws: OutputFile.Failure.notAFile) { try write("x", to: "/dev/null") }
            #expect(throws: OutputFile.Failure.system(code: ENOENT)) { try write("x", to: "\(directory)/none/file") }
        }
    }

    @Test("root leaves a file of another user alone")
    func foreignFile() throws {
        guard geteuid() == 0 else { try Test.cancel("needs root, to give a file away") }
        try withDirectory {
            let path = "\(directory)/foreign"
            try "precious".write(toFile: path, atomically: true, encoding: .utf8)
            let isGiven = unsafe chown(path, 65_534, 65_534) == 0
            try #require(isGiven)
            #expect(throws: OutputFile.Failure.foreign) { try write("x", to: path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        }
    }
}
