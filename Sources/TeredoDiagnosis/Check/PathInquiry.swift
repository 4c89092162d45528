import TeredoLinux
import TeredoWire

/// Sends four single datagrams towards the server and watches what becomes of them, beside the diagnosis.
struct PathInquiry {
    private let toServerPort: DeliveryProbe?
    private let toOtherPort: DeliveryProbe?
    private let fullSize: DeliveryProbe?
    private let secondHop: DeliveryProbe?
    private let before = PacketCounters.current

    /// Sends the datagrams.
    init(to server: IPv4Address, from source: IPv4Address?) {
        var generator = SystemRandomNumberGenerator()
        // What a route tracer sends to: ports that no program uses.
        let closed = UDPEndpoint(server, UInt16.random(in: 33_434...33_534, using: &generator))
        let address = source
        func send(_ destination: UDPEndpoint, _ length: Int, hopLimit: Int? = nil) -> DeliveryProbe? {
            try? DeliveryProbe(to: destination, from: address, length: length, hopLimit: hopLimit)
        }
        toServerPort = send(UDPEndpoint(server, TeredoConstants.udpPort), 8)
        toOtherPort = send(closed, 8)
        secondHop = send(closed, 8, hopLimit: 2)
        fullSize = send(closed, PathFindings.fullLength - 28)
    }

    /// Whether somebody said that nothing will ever come back from the server's port.
    var isHopeless: Bool {
        switch toServerPort?.outcome() {
        case .notLetOut, .refused, .rejected, .unreachable: true
        default: false
        }
    }

    /// What became of them until now, or shortly after.
    func findings(isSilent: Bool) -> PathFindings {
        var findings = PathFindings()
        findings.fullSize = fullSize?.outcome(within: Self.patience)
        if case .expired(let router) = secondHop?.outcome() { findings.secondHop = router }
        guard isSilent else { return findings }
        findings.toServerPort = toServerPort?.outcome()
        findings.toOtherPort = toOtherPort?.outcome()
        findings.droppedHere = droppedHere
        return findings
    }

    /// The packets dropped in this host since the beginning, as long as they are many more than in a second of silence.
    private var droppedHere: Int {
        guard let before, let after = PacketCounters.current else { return 0 }
        let dropped = after.dropped - before.dropped
        guard dropped >= Self.expectedAnswers else { return 0 }
        Pause.sleep(.seconds(1))
        guard let later = PacketCounters.current else { return 0 }
        return dropped > 16 * (later.dropped - after.dropped) ? dropped : 0
    }

    private static let patience = Duration.milliseconds(250)
    /// A diagnosis that hears nothing asks 17 times, and some answers may get lost.
    private static let expectedAnswers = 8
}

/// What the kernel counts about IPv4 packets (RFC 4293), for whoever may read `/proc`.
struct PacketCounters {
    /// Packets that came in and neither reached a program nor were forwarded, nor were put together to others.
    let dropped: Int

    /// The counters of this network namespace now.
    static var current: Self? {
        guard let file = try? PrivateFile(path: "/proc/net/snmp", limit: 65_536) else { return nil }
        return Self(text: String(decoding: file.contents, as: UTF8.self))
    }

    /// Reads the text of `/proc/net/snmp`: a line of names and a line of numbers for each protocol.
    init?(text: String) {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Ip: ") }.map { $0.split(separator: " ") }
        guard lines.count == 2, lines[0].count == lines[1].count else { return nil }
        var counters: [Substring: Int] = [:]
        for (name, value) in zip(lines[0], lines[1]).dropFirst() { counters[name] = Int(value) }
        guard let received = counters["InReceives"], let delivered = counters["InDelivers"] else { return nil }
        let elsewhere = ["ForwDatagrams", "InHdrErrors", "InAddrErrors", "ReasmReqds"].compactMap { counters[$0[...]] }
        dropped = received - delivered - elsewhere.reduce(0, +) + (counters["ReasmOKs"] ?? 0)
    }
}
