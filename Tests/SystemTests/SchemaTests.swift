import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoTestSupport
import Testing

extension SystemTests {
    /// What the commands print as JSON, with real roles, is as docs/schema says.
    @Suite struct SchemaTests {
        /// Runs a command with --json, and holds each object that it prints to a schema.
        private static func validate(
            _ schema: String,
            _ arguments: [String],
            on host: KernelHost = .clientA,
            eachLine: Bool = false,
            in lab: KernelLab
        ) throws {
            let output = try lab[host].run([SystemTest.binary] + arguments + ["--json"], limit: .seconds(60))
            let documents = eachLine ? output.output.split(separator: "\n").map(String.init) : [output.output]
            #expect(!output.output.isEmpty, "\(arguments): \(output)")
            for document in documents {
                let keys = try JSONSchema(schema).validate(document)
                let hasVersion = keys.contains { $0.hasSuffix(": schemaVersion") }
                #expect(hasVersion, "\(arguments) does not name the version of its schema")
            }
        }

        @Test("each command that asks a role prints what its schema says, of every role")
        func roles() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let file = "\(lab.directory)/b.yaml"
            try Data("refresh-interval: 20\n".utf8).write(to: URL(filePath: file))
            for role in lab.roles {
                let socket = ["--control-socket", try #require(role.controlSocket)]
                try Self.validate("status", ["status"] + socket, on: role.host, in: lab)
                try Self.validate("settings", ["config", "show", "--running"] + socket, on: role.host, in: lab)
                try Self.validate("set", ["set", "log-level=debug"] + socket, on: role.host, in: lab)
                guard role.role == .client || role.role == .relay else { continue }
                try Self.validate("peers", ["peers"] + socket, on: role.host, in: lab)
            }
            let client = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = ["--control-socket", try #require(client.controlSocket)]
            let ping = ["ping", "--count", "2", "--interval", "0.2", "\(addressB)"]
            try Self.validate("ping", ping + socket, eachLine: true, in: lab)
            try Self.validate("ping", ["ping", "--count", "1", "2001:db8::9"] + socket, eachLine: true, in: lab)
            try Self.validate("peers", ["peers"] + socket, in: lab)
            try Self.validate("inbound", ["allow", "tcp/22"] + socket, in: lab)
            try Self.validate("inbound", ["deny", "tcp/22"] + socket, in: lab)
            try Self.validate("check", ["check"] + socket, in: lab)
            try Self.validate("check-with", ["check", "--with", "\(addressB)"] + socket, in: lab)
            let servers = ["--server", KernelAddresses.server, "--server", KernelAddresses.relay]
            try Self.validate("check-servers", ["check"] + servers, in: lab)
            try Self.validate("bugreport", ["bugreport"] + socket, in: lab)
            let other = try lab.start(.client, on: .dualStack, arguments: ["--config", file])
            try lab.waitUntilServing(other)
            let otherSocket = ["--control-socket", try #require(other.controlSocket)]
            try Self.validate("reload", ["reload"] + otherSocket, on: .dualStack, in: lab)
        }
    }
}
