import Foundation
import TeredoExplanation
import TeredoTestSupport
import TeredoWire

/// A capture that was explained from its beginning to its end.
struct ExplainedCapture {
    let notes: [PacketNote]
    let summary: CaptureSummary

    init(_ file: [UInt8], _ options: CaptureExplainer.Options = CaptureExplainer.Options()) {
        var explainer = CaptureExplainer(options)
        notes = CaptureDecoderTests.read(file).packets.compactMap { explainer.explain($0) }
        summary = explainer.summary(title: "test")
    }

    /// Datagrams, 10 s apart.
    init(
        _ datagrams: [(bytes: [UInt8], from: UDPEndpoint, to: UDPEndpoint)],
        _ options: CaptureExplainer.Options = .init()
    ) {
        var writer = CaptureWriter(.pcapNG, .raw)
        for (index, datagram) in datagrams.enumerated() {
            writer.append(
                datagram.bytes,
                from: datagram.from,
                to: datagram.to,
                nanoseconds: 1_700_000_000_000_000_000 + UInt64(index) * 10_000_000_000
            )
        }
        self.init(writer.bytes, options)
    }

    /// What was found, as `V9` for a violation and `(V9)` for a remark.
    var findings: [[String]] {
        notes.map { $0.findings.map { $0.weight == .violation ? $0.rule.identifier : "(\($0.rule.identifier))" } }
    }

    /// The same in one list.
    var allFindings: [String] { findings.flatMap(\.self) }

    /// Real traffic of a Windows XP client with Microsoft's server.
    static func windows() throws -> [UInt8] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let path = "TeredoProtocolTests/Captures/windows-xp-microsoft-server.pcap"
        return [UInt8](try Data(contentsOf: root.appendingPathComponent(path)))
    }
}
