import Foundation
import TeredoControlTestSupport
import TeredoHost
import Testing

@testable import TeredoControl

/// What `teredo status --json` prints where several roles run.
@Suite struct RoleAnswerTests {
    @Test("each role of a directory has a line of its own, instances and one that does not answer too")
    func several() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let query = ControlQuery(controlSocketPath: nil, directory: directory)
        #expect(throws: ServiceError.self) { try RoleAnswer.ask(query) }
        // Nobody listens there.
        try Data().write(to: URL(fileURLWithPath: "\(directory)/server.sock"))
        #expect(throws: ServiceError.self, "nobody answers") { try RoleAnswer.ask(query) }
        let hosts = try ["relay", "relay-home"].map { try ControlHost(path: "\(directory)/\($0).sock") }
        defer { for host in hosts { host.stop() } }

        let answers = try RoleAnswer.ask(query)
        #expect(answers.map(\.isReady) == [false, true, true])
        let lines = try answers.map { try JSONText.report($0, isPretty: false) }
        #expect(!lines.contains { $0.contains("\n") })
        let objects = try lines.map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["socket"] as? String } == ["server", "relay", "relay-home"])
        #expect(objects.map { $0["role"] as? String } == [nil, "relay", "relay"])
        #expect(objects.allSatisfy { $0["schemaVersion"] as? Int == 1 })
        let error = try #require(objects[0]["error"] as? [String: String])
        #expect(error["message"]?.contains("server.sock") == true && error["remedy"]?.isEmpty == false)
    }
}
