import Foundation
import TeredoChart
import TeredoDiagnosis
import TeredoExplanation
import TeredoHost
import TeredoTestSupport
import TeredoWire
import Testing

/// The explanation of a capture as people and scripts read it.
struct CaptureExplanationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let windows = root.appendingPathComponent(
        "Tests/TeredoProtocolTests/Captures/windows-xp-microsoft-server.pcap"
    ).path

    /// What `teredo explain` prints where there is no terminal.
    private static func lines(
        _ path: String,
        _ characters: ChartCharacters = .unicode,
        width: Int? = nil
    ) throws -> [String] {
        let text = ExplanationText(characters: characters, width: width)
        var lines: [String] = []
        let outcome = try CaptureExplanation(of: path, CaptureExplainer.Options()).run { note in
            lines += text.lines(note)
            return true
        }
        lines += [""] + TextChart(outcome.summary.chart, ChartStyle(characters: characters)).lines + [""]
        return lines + text.lines(outcome.summary, format: try #require(outcome.format))
    }

    @Test("docs/explain.md shows what is printed, and marks what it leaves out")
    func document() throws {
        let printed = try Self.lines(Self.windows)
        let document = try String(contentsOf: Self.root.appendingPathComponent("docs/explain.md"), encoding: .utf8)
        let shown = try #require(
            document.components(separatedBy: "    $ teredo explain windows-xp-microsoft-server.pcap\n").dropFirst()
                .first
        ).components(separatedBy: "\n").prefix { $0.isEmpty || $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
        let parts = shown.split { $0.trimmingCharacters(in: .whitespaces) == "…" }.map(Array.init)
        #expect(parts.count == 2)
        let end = parts[1].reversed().drop(while: \.isEmpty).reversed()
        #expect(printed.starts(with: parts[0]), "\(printed.prefix(parts[0].count).joined(separator: "\n"))")
        #expect(Array(printed.suffix(end.count)) == Array(end), "\(printed.suffix(end.count).joined(separator: "\n"))")
    }

    @Test("a packet is a line and one for each rule; on a terminal lines are broken, and nothing is lost")
    func widths() throws {
        let whole = try Self.lines(Self.windows)
        #expect(whole.filter { $0.contains("router advertisement") && $0.hasPrefix("     7 ") }.count == 1)
        for width in [60, 80, 120] {
            let broken = try Self.lines(Self.windows, width: width)
            let words = whole.flatMap { $0.split(separator: " ") }
            #expect(broken.flatMap { $0.split(separator: " ") } == words)
            // The chart is as wide as elsewhere here.
            #expect(broken.allSatisfy { $0.count <= max(width, 80) })
        }
    }

    @Test("ASCII is ASCII")
    func ascii() throws {
        let lines = try Self.lines(Self.windows, .ascii)
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
        #expect(lines.contains { $0.contains(" => client A: qualified") })
    }

    /// All lines of JSON of a file, the summary last.
    private static func json(_ path: String) throws -> [String] {
        var lines: [String] = []
        let explanation = CaptureExplanation(of: path, CaptureExplainer.Options())
        let outcome = try explanation.run { note in
            lines.append(try JSONText.encode(PacketRecord(note), isPretty: false))
            return true
        }
        let error = outcome.error.map { explanation.failure($0).message }
        let record = SummaryRecord(outcome.summary, format: try #require(outcome.format), error: error)
        return lines + [try JSONText.encode(record, isPretty: false)]
    }

    @Test("JSON is as docs/schema/explain.json says, for every kind of packet, and for damaged files too")
    func schema() throws {
        let schema = try JSONSchema("explain")
        var mutator = DatagramMutator(seed: 7)
        var writer = CaptureWriter(.pcapNG, .ethernet)
        let ends = [Samples.mappedA, Samples.mappedB, UDPEndpoint(Samples.server, 3544), endpoint("192.0.2.9:3545")]
        for (index, sample) in (Samples.datagrams.map(\.bytes) + (0..<500).map { _ in mutator.next() }).enumerated() {
            writer.append(
                sample,
                from: ends[index % 4],
                to: ends[(index / 4 + index + 1) % 4],
                nanoseconds: UInt64(index) * 500_000_000
            )
        }
        writer.append(block: 3, writer.word(40) + Samples.bubble)
        let file = try TemporaryFile()
        for bytes in [writer.bytes, Array(writer.bytes.dropLast(3))] {
            try Data(bytes).write(to: URL(fileURLWithPath: file.path))
            let lines = try Self.json(file.path)
            #expect(lines.count > 100)
            for line in lines { try schema.validate(line) }
            #expect(lines.last?.contains(#""error":null"#) == (bytes.count == writer.bytes.count))
        }
        for line in try Self.json(Self.windows) { try schema.validate(line) }
        let first = try #require(try Self.json(Self.windows).first)
        for wrong in [
            "{}", first.replacing("\"packet\":6", with: "\"packet\":\"6\""),
            first.replacing("\"trailers\"", with: "\"tails\""),
        ] {
            #expect(throws: JSONSchema.Failure.self) { try schema.validate(wrong) }
        }
    }

    @Test("times are told by RFC 3339 with nanoseconds, units are in the names of keys")
    func keys() throws {
        let line = try #require(try Self.json(Self.windows).first)
        #expect(line.contains(#""time":"2008-05-16T15:50:52.202579000Z""#), "\(line)")
        #expect(line.contains(#""elapsedMilliseconds":"#) && line.contains(#""offsetOctets":"#))
        #expect(
            line.contains(
                #""authentication":{"confirmation":0,"identifierOctets":0,"nonce":"cd5669400b22df88","valueOctets":0}"#
            )
        )
    }

    @Test("what cannot be opened is an error with a remedy, and so is what is damaged, with its place")
    func errors() throws {
        func run(_ path: String) throws -> CaptureExplanation.Outcome {
            try CaptureExplanation(of: path, CaptureExplainer.Options()).run { _ in true }
        }
        #expect { try run("/nowhere/at/all.pcap") } throws: { error in
            "\(error)".hasPrefix("/nowhere/at/all.pcap: No such file or directory\n  give a capture file")
        }
        #expect(throws: ServiceError.self) { try run(Self.root.path) }
        let file = try TemporaryFile()
        try Data(try Data(contentsOf: URL(fileURLWithPath: Self.windows)).dropLast(100)).write(
            to: URL(fileURLWithPath: file.path)
        )
        let outcome = try run(file.path)
        let error = try #require(outcome.error)
        let text = "\(CaptureExplanation(of: file.path, CaptureExplainer.Options()).failure(error))"
        #expect(text.contains("packet \(error.packet), at octet \(error.offset): the file ends too early: 30 octets"))
        #expect(outcome.summary.counts.teredo > 20)
    }
}
