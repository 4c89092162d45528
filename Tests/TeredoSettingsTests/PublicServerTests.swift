import Foundation
import TeredoSettings
import Testing

/// The list of public servers, as data and as a part of the program.
@Suite("Public servers")
struct PublicServerTests {
    private struct Row {
        let name: String, state: String, since: String, says: String, source: String, looked: String
    }

    private static func rows() throws -> [Row] {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/servers.tsv"), encoding: .utf8)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.components(separatedBy: "\t")
            try #require(columns.count == 6 && !columns.contains(""), "\(line)")
            return Row(
                name: columns[0],
                state: columns[1],
                since: columns[2],
                says: columns[3],
                source: columns[4],
                looked: columns[5]
            )
        }
    }

    @Test("the program has exactly those servers of docs/servers.tsv that are gone, and the date of the last look")
    func inStep() throws {
        let rows = try Self.rows()
        let gone = rows.filter { $0.state == "gone" }
        #expect(gone.map(\.name) == PublicServer.gone.map(\.name))
        #expect(gone.map { Int($0.since) } == PublicServer.gone.map(\.year))
        #expect(gone.map(\.says) == PublicServer.gone.map(\.reason))
        #expect(rows.map(\.looked).max() == PublicServer.lastLook)
    }

    @Test("each row of docs/servers.tsv has a name of its own, a state that is explained, a source and a date")
    func wellFormed() throws {
        let rows = try Self.rows()
        #expect(Set(rows.map(\.name)).count == rows.count)
        for row in rows {
            #expect(row.name == row.name.lowercased() && !row.name.hasSuffix("."))
            #expect(["gone", "reported", "unknown", "answers", "silent"].contains(row.state), "\(row)")
            #expect(row.since.wholeMatch(of: /-|20\d\d/) != nil, "\(row)")
            #expect(row.looked.wholeMatch(of: /20\d\d-\d\d-\d\d/) != nil, "\(row)")
        }
    }

    @Test(
        "names are compared as the DNS does",
        arguments: [
            ("teredo.trex.fi", true), ("Teredo.TREX.fi.", true), ("x.teredo.trex.fi", false), ("trex.fi", false),
            ("195.140.195.140", false), ("", false), (".", false),
        ]
    )
    func names(name: String, isGone: Bool) {
        #expect((PublicServer.gone(named: name) != nil) == isGone)
    }

    @Test("the warning says since when, why, when somebody looked, and what to do")
    func warning() throws {
        let text = try #require(PublicServer.gone(named: "teredo.trex.fi")).warning
        for part in ["gone since 2022 (", "hardware failure", PublicServer.lastLook, "'teredo gateway'"] {
            #expect(text.contains(part), "\(text)")
        }
        let unknown = try #require(PublicServer.gone(named: "teredo.ngix.ne.kr")).warning
        #expect(unknown.hasPrefix("this public server is gone (listed as disused;"), "\(unknown)")
    }
}
