import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// A TCP flow of counted numbers between two hosts of a lab.
enum NumberedFlow {
    /// Runs a flow to `address` on `other`, and `body` while it flows; everything has to arrive, in order and without a
    /// standstill: retransmission timeouts in a row would be one.
    static func run(
        from host: KernelHost,
        to other: KernelHost,
        _ address: String,
        in lab: KernelLab,
        _ body: () throws -> Void
    ) throws {
        let sink = try Python.start(Self.sink, on: other, of: lab, name: "sink-\(host)")
        defer { sink.stop() }
        try #require(try lab.wait(upTo: .seconds(20)) { sink.lines.contains("listening") })
        let stop = "\(lab.directory)/stop-\(host)"
        try? FileManager.default.removeItem(atPath: stop)
        let source = try Python.start(Self.source, [address, stop], on: host, of: lab, name: "source-\(host)")
        defer { source.stop() }
        try #require(try lab.wait(upTo: .seconds(30)) { source.lines.contains("flowing") }, "\(source.lines)")
        try body()
        try Data().write(to: URL(filePath: stop))
        #expect(try lab.wait(upTo: .seconds(60)) { source.lines.contains("backoff 0") }, "\(source.lines)")
        let sent = source.lines.first { $0.hasSuffix(" sent") }?.split(separator: " ").first ?? "none"
        #expect(sink.lines.contains("\(sent) in order"), "\(source.lines) \(sink.lines)")
    }

    /// Sends numbers until a file appears, and tells how often the retransmission timer backed off in the end.
    private static let source = """
        import os, socket, struct, sys, time
        s = socket.create_connection((sys.argv[1], 5001), timeout=20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        i = 0
        while i < 600 or not os.path.exists(sys.argv[2]):
            s.sendall(struct.pack("!I", i))
            i += 1
            if i == 200: print("flowing")
            time.sleep(0.002)
        s.shutdown(socket.SHUT_WR)
        s.recv(1)
        print(i, "sent")
        print("backoff", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[4])
        """

    private static let sink = """
        import socket, struct
        s = socket.socket(socket.AF_INET6)
        s.bind(("::", 5001)); s.listen(1); print("listening")
        c, _ = s.accept()
        data = b""
        while chunk := c.recv(65536): data += chunk
        numbers = struct.unpack(f"!{len(data) // 4}I", data)
        print(len(numbers), "in order" if list(numbers) == list(range(len(numbers))) else "out of order")
        c.sendall(b"x")
        """
}
