import TeredoLab
import TeredoLinux

/// Writes down what passes a host: one line per UDP datagram.
struct Sniffer {
    /// A Teredo datagram that was seen.
    struct Sighting {
        /// Seconds since the sniffer's start.
        let time: Double
        let source: String
        let destination: String
        /// What it carries: `RS`, `RA`, `bubble`, `echo`, or `data`.
        let kind: String
    }

    private static let program = """
        import socket, struct, sys, time
        s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        start = time.monotonic()
        print("ready")
        while True:
            p, meta = s.recvfrom(65535)
            if meta[2] == 4 or len(p) < 28 or p[0] >> 4 != 4 or p[9] != 17: continue   # 4: outgoing
            h = (p[0] & 15) * 4
            sport, dport = struct.unpack("!HH", p[h:h + 4])
            t = p[h + 8:]
            if t[:2] == b"\\0\\1" and len(t) > 4: t = t[13 + t[2] + t[3]:]
            if t[:2] == b"\\0\\0": t = t[8:]
            if len(t) < 40 or t[0] >> 4 != 6: continue
            kind = "bubble" if t[6] == 59 else "data"
            if t[6] == 58 and len(t) > 40: kind = {133: "RS", 134: "RA", 128: "echo", 129: "echo"}.get(t[40], "data")
            source = socket.inet_ntoa(p[12:16]) + ":" + str(sport)
            target = socket.inet_ntoa(p[16:20]) + ":" + str(dport)
            print("%.3f" % (time.monotonic() - start), source, target, kind)
        """

    private let program: RunningProgram

    /// Starts listening on a host and returns when it does.
    init(on host: KernelHost, of lab: KernelLab) throws {
        program = try Python.start(Self.program, on: host, of: lab, name: "sniffer-\(host.rawValue)")
        let program = program
        guard try lab.wait(upTo: .seconds(10), until: { program.lines.first == "ready" }) else {
            throw LabError.timedOut("the sniffer does not start: \(program.lines)")
        }
    }

    /// What was seen so far.
    var sightings: [Sighting] {
        program.lines.dropFirst().compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, let time = Double(words[0]) else { return nil }
            return Sighting(time: time, source: words[1], destination: words[2], kind: words[3])
        }
    }

    func stop() { program.stop() }
}
