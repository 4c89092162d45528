import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// Echo requests from one host to another at a steady pace: what got lost, and the longest time without an answer.
struct EchoFlow {
    /// How many were not answered.
    let lost: Int
    /// The longest time between two answers, in milliseconds, the pace included.
    let gap: Int

    /// Sends to `address` every `pace` while `body` runs, and for `rest` after it.
    static func measure(
        from host: KernelHost,
        to address: String,
        in lab: KernelLab,
        every pace: Duration = .milliseconds(50),
        rest: Duration = .seconds(2),
        _ body: () throws -> Void
    ) throws -> Self {
        let stop = "\(lab.directory)/stop-echo-\(host)"
        try? FileManager.default.removeItem(atPath: stop)
        let seconds = "\(Double(pace.components.attoseconds) / 1e18 + Double(pace.components.seconds))"
        let flow = try Python.start(program, [address, seconds, stop], on: host, of: lab, name: "echo-\(host)")
        defer { flow.stop() }
        try #require(try lab.wait(upTo: .seconds(20)) { flow.lines.contains("flowing") }, "\(flow.lines)")
        try body()
        Pause.sleep(rest)
        try Data().write(to: URL(filePath: stop))
        var result: Self?
        _ = try lab.wait(upTo: .seconds(10)) {
            let words = (flow.lines.first { $0.hasPrefix("lost ") } ?? "").split(separator: " ")
            guard words.count == 4, let lost = Int(words[1]), let gap = Int(words[3]) else { return false }
            result = Self(lost: lost, gap: gap)
            return true
        }
        return try #require(result, "\(flow.lines)")
    }

    /// Counts from the tenth answer on: the first contact is not what is measured.
    private static let program = """
        import os, select, socket, struct, sys, time
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        s.connect((sys.argv[1], 0))
        pace, number, answered, told = float(sys.argv[2]), 0, {}, False
        due = time.monotonic()
        end = None
        while end is None or time.monotonic() < end:
            now = time.monotonic()
            if end is None and now >= due:
                number += 1
                try: s.send(struct.pack("!BBHHH", 128, 0, 0, 4711, number) + b"x" * 24)
                except OSError: pass
                due += pace
            if end is None and os.path.exists(sys.argv[3]): end = now + 1
            if select.select([s], [], [], 0.005)[0]:
                data = s.recv(2048)
                if data[0] == 129 and struct.unpack("!HH", data[4:8])[0] == 4711:
                    answered.setdefault(struct.unpack("!H", data[6:8])[0], time.monotonic())
            if len(answered) >= 10 and not told:
                told = True
                first = max(answered)
                print("flowing", flush=True)
        times = sorted(answered[n] for n in answered if n >= first)
        lost = [n for n in range(first, number + 1) if n not in answered]
        gap = max((b - a for a, b in zip(times, times[1:])), default=0)
        print("numbers", lost)
        print("lost", len(lost), "gap", round(gap * 1000), flush=True)
        """
}
