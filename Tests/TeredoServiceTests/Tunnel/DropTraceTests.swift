import Logging
import Synchronization
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoService

@Suite("Drops in the log")
struct DropTraceTests {
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    private static let start = ProtocolInstant(nanoseconds: 0) + .seconds(5)

    @Test("each is told with source and reason while the level is trace, and none below that")
    func level() {
        let (control, lines) = (LogControl(.debug), Lines())
        let writer = LogWriter(control, place: .journal, journal: nil, output: lines.add)
        var trace = DropTrace(Logger.ofRole("server", control: control, writer: writer))
        trace.refresh()
        #expect(!trace.isOn)
        control.level = .trace
        #expect(!trace.isOn, "it is asked for once in a batch")
        trace.refresh()
        #expect(trace.isOn)
        trace.note(.malformed, from: endpoint("198.51.100.7:4096"), octets: 84, now: Self.start)
        #expect(lines.all == ["<7>server: dropped datagram octets=84 reason=malformed source=198.51.100.7:4096"])
        var silent = DropTrace()
        silent.refresh()
        #expect(!silent.isOn)
        silent.note(.malformed, from: endpoint("198.51.100.7:4096"), octets: 84, now: Self.start)
        #expect(lines.all.count == 1)
        #expect(
            DropSources.most(of: [silent.sources], now: Self.start).map(\.source) == [.address(ipv4("198.51.100.7"))],
            "that is counted at any level"
        )
    }

    @Test("of a flood a few are told in a second, and how many were not")
    func flood() {
        let (control, lines) = (LogControl(.trace), Lines())
        let writer = LogWriter(control, place: .journal, journal: nil, output: lines.add)
        var trace = DropTrace(Logger.ofRole("server", control: control, writer: writer))
        trace.refresh()
        for number in 0..<1000 {
            let source = UDPEndpoint(ipv4("198.51.100.7"), UInt16(number + 1))
            trace.note(.rateLimited, from: source, octets: 61, now: Self.start + .milliseconds(number))
        }
        #expect(lines.all.count { $0.contains("dropped datagram") } == DropTrace.linesPerSecond)
        let notable = lines.all.filter { $0.contains("much of 198.51.100.7 is dropped") }
        #expect(notable.count == 1, "one line for the source")
        trace.note(.rateLimited, from: endpoint("198.51.100.7:4096"), octets: 61, now: Self.start + .seconds(1))
        #expect(lines.all.last?.hasSuffix("source=198.51.100.7:4096 untold=990") == true, "\(lines.all)")
        trace.note(.rateLimited, from: endpoint("198.51.100.7:4097"), octets: 61, now: Self.start + .seconds(1))
        #expect(lines.all.last?.contains("untold") == false)
    }

    @Test("deny-source is advised in roles that serve strangers, and never for an address that they need")
    func advice() {
        let own = ipv4("192.0.2.1")
        for (needed, source, advised) in [
            (nil, own, false), (nil, ipv4("198.51.100.7"), false), ([own], own, false),
            ([own], ipv4("198.51.100.7"), true),
        ] as [(Set<IPv4Address>?, IPv4Address, Bool)] {
            let (control, lines) = (LogControl(.info), Lines())
            let writer = LogWriter(control, place: .journal, journal: nil, output: lines.add)
            var trace = DropTrace(Logger.ofRole("client", control: control, writer: writer), needing: needed)
            for number in 0..<500 {
                trace.note(.malformed, from: UDPEndpoint(source, UInt16(number + 1)), octets: 61, now: Self.start)
            }
            #expect(lines.all.count == 1 && lines.all[0].contains("much of \(source) is dropped"), "\(lines.all)")
            #expect(lines.all.contains { $0.contains("deny-source") } == advised, "\(lines.all)")
        }
    }
}
