import Foundation
import Logging
import TeredoHost
import TeredoPortMapping
import Testing

struct MappingRecordFileTests {
    private static let record = "nat-pmp 192.168.1.1 192.168.1.5 40000 40000 timed 000000000000000000000000"
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mappings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func file(_ folder: URL) -> MappingRecordFile {
        MappingRecordFile(stateFile: nil, controlSocketPath: folder.path + "/client.sock", logger: logger)
    }

    @Test("the file stands beside the state file, or else beside the control socket")
    func path() {
        #expect(MappingRecordFile.path(beside: "/run/teredo/client.sock") == "/run/teredo/client.mappings")
        #expect(MappingRecordFile.path(beside: "/var.d/state") == "/var.d/state.mappings")
        #expect(MappingRecordFile.path(beside: "/a/.state") == "/a/.state.mappings")
        #expect(MappingRecordFile.path(beside: "client.state") == "client.mappings")
    }

    @Test("what was written is read by the next run, by its owner only; what is gone is gone")
    func roundTrip() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let record = try #require(MappingRecord(line: Self.record))
        let first = file(folder)
        #expect(first.records.isEmpty)
        first.write([])
        let path = folder.path + "/client.mappings"
        #expect(!FileManager.default.fileExists(atPath: path), "nothing to say")
        first.write([record])
        #expect(file(folder).records == [record])
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
        first.write([])
        #expect(file(folder).records.isEmpty)
    }

    @Test("where nothing can be kept beside the state file, it is kept beside the control socket")
    func secondPlace() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let record = try #require(MappingRecord(line: Self.record))
        let (first, second) = (folder.path + "/kept.mappings", folder.path + "/client.mappings")
        func file() -> MappingRecordFile {
            MappingRecordFile(
                stateFile: folder.path + "/kept.state",
                controlSocketPath: folder.path + "/client.sock",
                logger: logger
            )
        }
        // Whatever is in the way, such as a file system that is full or read-only.
        try FileManager.default.createDirectory(atPath: first, withIntermediateDirectories: false)
        file().write([record])
        #expect(try String(contentsOfFile: second, encoding: .utf8).contains(Self.record))
        #expect(file().records == [record])
        try FileManager.default.removeItem(atPath: first)
        // As soon as the better place can be used, nothing is left in the other one.
        let later = file()
        #expect(later.records == [record])
        later.write([])
        #expect(file().records.isEmpty)
        later.write([record])
        #expect(try String(contentsOfFile: first, encoding: .utf8).contains(Self.record))
        #expect(try !String(contentsOfFile: second, encoding: .utf8).contains(Self.record))
    }

    @Test("SEC-63: a file of somebody else, or a link to one, stays as it is")
    func foreign() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let record = try #require(MappingRecord(line: Self.record))
        let path = folder.path + "/client.mappings"
        try "letters\n\(Self.record)\n".write(toFile: path, atomically: false, encoding: .utf8)
        let foreign = file(folder)
        #expect(foreign.records.isEmpty)
        foreign.write([record])
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("letters\n"))
        try FileManager.default.removeItem(atPath: path)
        let target = folder.path + "/target"
        try "".write(toFile: target, atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        file(folder).write([record])
        #expect(try Data(contentsOf: URL(filePath: target)).isEmpty)
    }
}
