import TeredoChart
import TeredoExplanation
import TeredoTestSupport

extension FuzzTarget {
    /// Captures of anybody: the file, and what is in it.
    static let captures = [
        FuzzTarget("capture", longestInput: 8000) { input throws(Violation) in try checkCapture(input) },
        FuzzTarget("explanation", longestInput: 3000) { input throws(Violation) in try checkExplanation(input) },
    ]

    private static func checkCapture(_ input: [UInt8]) throws(Violation) {
        guard let first = input.first else { return }
        let file = input.dropFirst()
        let whole = try read(file, piece: file.count + 1)
        let pieces = try read(file, piece: Int(first) + 1)
        try Violation.unless(whole.0 == pieces.0 && whole.1 == pieces.1, "pieces make another capture")
    }

    /// The number of packets, what ended them, and the notes; `piece` octets at a time.
    private static func read(_ file: ArraySlice<UInt8>, piece: Int) throws(Violation) -> (Int, String) {
        var decoder = CaptureDecoder()
        var explainer = CaptureExplainer()
        var rest = file
        var count = 0
        var end = ""
        do throws(CaptureFileError) {
            while !rest.isEmpty {
                decoder.append(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                while let packet = try decoder.next() {
                    count += 1
                    if packet.bytes.count > CaptureDecoder.longestPacket { end = "a packet is too long" }
                    _ = explainer.explain(packet)
                }
            }
            try decoder.finish()
        } catch {
            end = error.description
            let isPlaced = error.packet == count + 1 && error.offset <= UInt64(file.count)
            if !isPlaced { throw Violation("the error is misplaced: \(error)") }
        }
        if end == "a packet is too long" { throw Violation(end) }
        try checkSummary(explainer)
        return (count, end)
    }

    private static func checkSummary(_ explainer: CaptureExplainer) throws(Violation) {
        let summary = explainer.summary(title: "fuzz")
        let lines = TextChart(summary.chart, ChartStyle(width: 80)).lines
        try Violation.unless(lines.allSatisfy { $0.count <= 80 }, "a line of the chart has more than 80 columns")
    }

    /// Datagrams between a few hosts.
    private static func checkExplanation(_ input: [UInt8]) throws(Violation) {
        var tape = InputTape(input)
        var writer = CaptureWriter(tape.flag() ? .pcap : .pcapNG, .raw)
        let ends = ["131.107.0.1:8192", "206.73.118.1:3544", "157.60.0.1:4096", "192.168.1.2:1024", "224.0.0.253:3544"]
            .map(endpoint)
        var time: UInt64 = 0
        for _ in 0..<40 where !tape.isAtEnd {
            let from = ends[tape.choice(ends.count)]
            let to = ends[tape.choice(ends.count)]
            time += UInt64(tape.number16()) * 1_000_000
            let sample = tape.choice(Samples.datagrams.count + 1)
            let bytes =
                sample < Samples.datagrams.count
                ? tape.mutated(Samples.datagrams[sample].bytes) : tape.octets(Int(tape.octet()))
            writer.append(bytes, from: from, to: to, nanoseconds: time)
        }
        _ = try read(writer.bytes[...], piece: 4096)
    }
}
