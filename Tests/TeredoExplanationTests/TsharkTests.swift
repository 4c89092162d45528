import TeredoExplanation
import TeredoTestSupport
import TeredoWire
import Testing

/// Wireshark's reading of the same files, field by field.
struct TsharkTests {
    private static let fields = [
        "frame.number", "ip.src", "udp.srcport", "ip.dst", "udp.dstport", "ipv6.src", "ipv6.dst", "icmpv6.type",
        "teredo.auth.nonce", "teredo.auth.conf", "teredo.orig.addr", "teredo.orig.port",
    ]

    /// The fields as tshark prints them, by the number of the packet.
    private static func dissect(_ file: [UInt8], ports: [UInt16]) throws -> [Int: [String]] {
        guard let tshark = ExternalTool("tshark") else { try Test.cancel("tshark is not installed") }
        let decoding = ports.flatMap { ["-d", "udp.port==\($0),teredo"] }
        let columns = fields.flatMap { ["-e", $0] }
        let arguments = ["-r", "-", "-Y", "teredo", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"]
        let outcome = try tshark.run(arguments + columns + decoding, input: file)
        #expect(outcome.status == 0, "\(outcome.error)")
        let rows = outcome.output.split(separator: "\n").map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
        return Dictionary(uniqueKeysWithValues: rows.compactMap { row in Int(row[0]).map { ($0, row) } })
    }

    /// The same fields of a note.
    private static func fields(_ note: PacketNote) -> [String] {
        let reading = note.reading
        let ends = [note.source, note.destination].flatMap { place in
            [place.map { "\($0.endpoint.address)" } ?? "", place.map { "\($0.endpoint.port)" } ?? ""]
        }
        let authentication = reading?.authentication
        return ["\(note.number)"] + ends + [
            reading?.header.source.description ?? "", reading?.header.destination.description ?? "",
            reading?.icmpv6.map { "\($0.type)" } ?? "",
            authentication.map { HexadecimalText.digits($0.nonce, count: 16) } ?? "",
            authentication.map { HexadecimalText.digits(UInt64($0.confirmation), count: 2) } ?? "",
            reading?.origin.map { "\($0.address)" } ?? "", reading?.origin.map { "\($0.port)" } ?? "",
        ]
    }

    private static func compare(_ file: [UInt8], ports: [UInt16]) throws {
        let judged = try dissect(file, ports: ports)
        let notes = ExplainedCapture(file).notes.filter { $0.reading != nil }
        #expect(notes.map(\.number) == judged.keys.sorted())
        for note in notes {
            let expected = judged[note.number]?.enumerated().map { index, text in
                // Numbers may be shown in either way.
                text.hasPrefix("0x") ? String(text.dropFirst(2)) : index == 9 && text.count == 1 ? "0\(text)" : text
            }
            #expect(Self.fields(note) == expected, "packet \(note.number)")
        }
    }

    @Test("the capture of Windows with Microsoft's server: every packet and every field")
    func windows() throws { try Self.compare(ExplainedCapture.windows(), ports: [3797]) }

    @Test("one datagram of every kind, in every format and link type", arguments: CaptureWriter.Link.allCases)
    func links(link: CaptureWriter.Link) throws {
        for format in CaptureWriter.Format.allCases {
            try Self.compare(
                CaptureDecoderTests.file(format, link, isBigEndian: link == .ethernet),
                ports: []
            )
        }
    }
}
