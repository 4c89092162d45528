import Foundation
import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis

/// The schemas in docs/schema are those of what the program writes: each key that it writes is described, and no other.
@Suite("JSON schemas")
struct SchemaTests {
    /// Which files of Tests/Golden each schema describes, by how their names begin.
    private static let described: [(schema: String, files: [String])] = [
        ("status", ["status-"]), ("peers", ["peers"]), ("client-check", ["check-control-"]),
        ("check-servers", ["check-comparison"]),
        ("check", ["check-direct", "check-restricted", "check-symmetric", "check-unresolved"]),
        ("check-with", ["with-"]), ("ping", ["ping-events", "ping-summary"]), ("address", ["address"]),
        ("reload", ["reload"]), ("settings", ["settings"]), ("set", ["set."]), ("inbound", ["inbound"]),
        ("bugreport", ["bugreport"]), ("drain", ["drain"]),
    ]

    private static func documents(_ beginnings: [String]) throws -> [String] {
        let folder = JSONSchema.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Tests/Golden")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let own = files.filter { file in beginnings.contains { file.hasPrefix($0) } }
        return try own.flatMap { file -> [String] in
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            guard file == "ping-events.json",
                let list = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any]
            else { return [text] }
            // One line of the command for each.
            return try list.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        }
    }

    @Test(
        "every golden file is as its schema says, and every key of the schema is in one of them",
        arguments: described
    )
    func golden(schema name: String, files: [String]) throws {
        let schema = try JSONSchema(name)
        var documents = try Self.documents(files)
        if name == "check-servers", let single = Self.described.first(where: { $0.schema == "check" }) {
            // Whatever a check can say of one server it can say of several.
            documents += try Self.documents(single.files).map { #"{"best":null,"servers":[\#($0)],"works":false}"# }
        }
        if name == "status" { documents += try Self.answers() }
        #expect(!documents.isEmpty)
        var keys: Set<String> = []
        for document in documents { keys.formUnion(try schema.validate(document)) }
        // What a command adds to the object.
        let version = schema.keys.filter { $0.hasSuffix(": schemaVersion") }
        #expect(schema.keys.subtracting(keys).subtracting(version) == [])
    }

    /// What `teredo status --json` prints, a line each, of all kinds of roles and of one that does not answer.
    private static func answers() throws -> [String] {
        let reports: [StatusReport] = [
            .client(GoldenSamples.qualified), .server(GoldenSamples.server), .relay(GoldenSamples.relay),
            .gateway(StatusSamples.gateway), .dormant(StatusSamples.dormant),
        ]
        let outcomes = reports.map { Result<StatusReport, ServiceError>.success($0) }
        let failure = ServiceError("it is silent", remedy: "restart it")
        return try (outcomes + [.failure(failure)]).map {
            try JSONText.report(
                RoleAnswer(ControlSocketName(path: "/run/teredo/client-home.sock"), $0),
                isPretty: false
            )
        }
    }

    @Test("there is a schema for each of them; explain, load and the commands of the lab have theirs in their tests")
    func complete() throws {
        let others = ["explain", "lab", "lab-fleet", "lab-scenarios", "load"]
        #expect(try Set(JSONSchema.names()) == Set(Self.described.map(\.schema) + others))
    }

    @Test("the command adds the version of the schema to the object")
    func version() throws {
        let text = try JSONText.report(GoldenSamples.peers.first)
        #expect(text.contains(#""schemaVersion" : 1"#))
        let list = PeerList(total: 1, peers: GoldenSamples.peers)
        #expect(try JSONSchema("peers").validate(JSONText.report(list)).contains("peers: schemaVersion"))
    }

    @Test("the words of enumerations are those of the program")
    func words() throws {
        let status = try JSONSchema("status")
        #expect(status.words("offloads", of: "clientStatus") == Set(Offload.allCases.map(\.rawValue)))
        #expect(status.words("state", of: "clientStatus") == Set(ConnectivityState.allCases.map(\.rawValue)))
        #expect(status.words("type", of: "clientStatus") == Set(AutoType.allCases.map(\.rawValue)))
        #expect(status.words("state", of: "server") == Set(ServerHealth.State.allCases.map(\.rawValue)))
        #expect(
            status.words("undetectable", of: "gatewayStatus")
                == Set(GatewayStatus.Undetectable.allCases.map(\.rawValue))
        )
        #expect(status.words("protocol", of: "portMapping") == Set(MappingProtocol.allCases.map(\.rawValue)))
        let causes = Set(StateCause.allCases.map(\.rawValue))
        #expect(status.words("cause", of: "clientStatus") == causes && status.words("cause", of: "change") == causes)
        let roleCauses = Set(RoleCause.allCases.map(\.rawValue))
        #expect(status.words("cause", of: "role") == roleCauses)
        #expect(status.words("cause", of: "dormantStatus") == roleCauses)
        let problems = Set(CheckProblem.Name.allCases.map(\.rawValue))
        let check = try JSONSchema("check")
        #expect(check.words("name", of: "problem") == problems)
        #expect(check.words("cause", of: "client") == causes)
        #expect(check.words("verdict") == problems.union([CheckVerdict.works.rawValue]))
        #expect(try JSONSchema("client-check").words("name", of: "problem") == problems)
        #expect(check.words("directPeers") == Set(DirectPeers.allCases.map(\.rawValue)))
        let refusals = Set(EchoRefusal.Cause.allCases.map(\.rawValue))
        #expect(try JSONSchema("ping").words("cause", of: "refusal") == refusals)
        let settings = try JSONSchema("settings")
        #expect(settings.words("origin", of: "setting") == Set(SettingOrigin.Kind.allCases.map(\.rawValue)))
        #expect(settings.words("role") == Set(Role.allCases.map(\.rawValue)))
        let set = try JSONSchema("set")
        #expect(set.words("effect", of: "change") == Set(SettingAlteration.Effect.allCases.map(\.rawValue)))
    }

    @Test(
        "what is not as the schema says is found",
        arguments: [
            (#"{"peerCount":1}"#, "the key peers is missing"),
            (#"{"peerCount":-1,"peers":[]}"#, "is less than"), (#"{"peerCount":1.5,"peers":[]}"#, "is not integer"),
            (#"{"peerCount":true,"peers":[]}"#, "is not integer"),
            (#"{"peerCount":1,"peers":[],"rtt":1}"#, "the key rtt is not described"),
            (#"{"peerCount":1,"peers":[],"schemaVersion":2}"#, "is not 1"),
            (
                #"{"peerCount":1,"peers":[{"address":"::","path":"winding","endpoint":"","symmetricNAT":false,"extensions":true}]}"#,
                "winding is not one of"
            ),
        ]
    )
    func finds(document: String, fault: String) throws {
        let schema = try JSONSchema("peers")
        let failure = #expect(throws: JSONSchema.Failure.self) { try schema.validate(document) }
        #expect(failure?.description.contains(fault) == true, "\(String(describing: failure))")
    }

    @Test("jsonschema, which nobody here wrote, takes the schemas for schemas and says the same of the golden files")
    func python() throws {
        let found = try CommandOutput.run(["python3", "-c", "import jsonschema"], limit: .seconds(20))
        guard found.isSuccess else {
            try Test.cancel("Python's jsonschema is missing: apt-get install python3-jsonschema")
        }
        let script = """
            import json, sys
            from jsonschema import Draft202012Validator as V
            for line in sys.stdin:
                name, document = json.loads(line)
                schema = json.load(open(f"{sys.argv[1]}/{name}.json"))
                V.check_schema(schema)
                errors = [e.message for e in V(schema).iter_errors(json.loads(document))]
                print(name, "fine" if not errors else errors)
            """
        var input: [String] = []
        for (name, files) in Self.described {
            for document in try Self.documents(files) {
                let pair = try JSONSerialization.data(withJSONObject: [name, document])
                input.append(String(decoding: pair, as: UTF8.self))
            }
        }
        let output = try CommandOutput.run(
            ["python3", "-c", script, JSONSchema.folder.path],
            input: input.joined(separator: "\n") + "\n",
            limit: .seconds(60)
        )
        let lines = output.output.split(separator: "\n")
        #expect(output.isSuccess && lines.count == input.count, "\(output)")
        for line in lines { #expect(line.hasSuffix(" fine"), "\(line)") }
    }
}
