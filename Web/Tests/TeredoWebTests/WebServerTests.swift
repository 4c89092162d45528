import FlyingSocks
import Foundation
import Testing

@testable import TeredoWeb

@Suite("The server", .serialized)
struct WebServerTests {
    /// Serves on a port that the system chooses while `test` runs.
    private func serve(
        _ limits: WebLimits = WebLimits(),
        _ test: @Sendable @escaping (Workbench, UInt16) async throws -> Void
    ) async throws {
        try await Workbench.use { bench in
            var address = try #require(ListeningAddress("127.0.0.1:0"))
            let socket = try WebServer.listen(on: &address)
            let listener = try AsyncSocket(socket: socket, pool: bench.pool)
            let site = Site(
                rule: HostRule(listening: [address]),
                scrape: MetricsScrape(search: bench.search, pool: bench.pool),
                board: bench.board
            )
            let server = WebServer(site: site, board: bench.board, limits: limits)
            let task = Task { await server.serve(listener) }
            let port = address.port
            let outcome = await Task { try await test(bench, port) }.result
            task.cancel()
            await task.value
            try? socket.close()
            try outcome.get()
        }
    }

    private func connect(_ bench: Workbench, _ port: UInt16) async throws -> AsyncSocket {
        let socket = try AsyncSocket(socket: Socket(domain: AF_INET), pool: bench.pool)
        try await socket.connect(to: sockaddr_in.inet(ip4: "127.0.0.1", port: port))
        return socket
    }

    /// All that comes until the other end closes, or `seconds` are over.
    private func readAll(_ socket: AsyncSocket, seconds: Double = 5) async -> String {
        let collected = Collected()
        try? await Deadline.within(.seconds(seconds)) {
            while true { await collected.add(try await socket.read(atMost: 4096)) }
        }
        return await collected.text
    }

    private actor Collected {
        private var octets: [UInt8] = []
        func add(_ more: [UInt8]) { octets += more }
        var text: String { String(decoding: octets, as: UTF8.self) }
    }

    private func ask(_ bench: Workbench, _ port: UInt16, _ text: String, seconds: Double = 5) async throws -> String {
        let socket = try await connect(bench, port)
        try await socket.write(Data(text.replacing("PORT", with: "\(port)").utf8))
        let answer = await readAll(socket, seconds: seconds)
        try? socket.close()
        return answer
    }

    private func confirm(
        _ status: String,
        from bench: Workbench,
        _ port: UInt16,
        _ request: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await ask(bench, port, request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), sourceLocation: sourceLocation)
    }

    @Test(
        "Page, metrics and health are there, each with the fields that keep strangers out",
        arguments: [
            "/", "/page.js", "/page.css", "/icon.svg", "/metrics", "/healthz", "/nothing",
        ]
    )
    func files(path: String) async throws {
        try await serve { bench, port in
            let answer = try await ask(
                bench,
                port,
                "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix(path == "/nothing" ? "HTTP/1.1 404 " : "HTTP/1.1 200 "))
            #expect(
                answer.contains("\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';")
            )
            #expect(!answer.contains("unsafe-inline"))
            for field in [
                "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY", "Cross-Origin-Resource-Policy: same-origin",
            ] {
                #expect(answer.contains("\r\n\(field)\r\n"))
            }
        }
    }

    @Test(
        "Requests that get nothing",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"),
            ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n\r\n", "403"),
            ("GET /events HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n", "421"),
            ("POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 1\r\n\r\nx", "405"),
            ("DELETE /metrics HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "405"),
            ("HEAD /events HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "405"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 5\r\n\r\nhello", "413"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "413"),
            ("GET / HTTP/1.1\r\n\r\n", "400"), ("\u{16}\u{3}\u{1}\r\n\r\n", "400"), ("GET / HTTP/3\r\n\r\n", "505"),
        ]
    )
    func refused(request: String, status: String) async throws {
        try await serve { bench, port in
            try await confirm(status, from: bench, port, request)
        }
    }

    @Test("A head that does not end is refused, however it comes")
    func longHead() async throws {
        try await serve { bench, port in
            let head = "GET / HTTP/1.1\r\nA: " + String(repeating: "b", count: 10_000)
            try await confirm("431", from: bench, port, head)
        }
    }

    @Test("Whoever begins a request and does not end it is not waited for")
    func slowHead() async throws {
        var limits = WebLimits()
        limits.requestPatience = .milliseconds(300)
        try await serve(limits) { bench, port in
            try await confirm("408", from: bench, port, "GET / HTTP/1.1\r\nHost")
            // Who says nothing at all is told nothing.
            let nothing = try await ask(bench, port, "")
            #expect(nothing.isEmpty)
        }
    }

    @Test("HEAD tells the length and sends nothing")
    func head() async throws {
        try await serve { bench, port in
            let answer = try await ask(
                bench,
                port,
                "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.contains("\r\nContent-Length: \(Site.files["/"]?.body.count ?? 0)\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("A connection serves several requests, and what is known is not sent again")
    func keepsOpen() async throws {
        try await serve { bench, port in
            let tag = Site.files["/page.js"]?.tag ?? ""
            let request = "GET /page.js HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nIf-None-Match: \(tag)\r\n"
            let answer = try await ask(bench, port, "\(request)\r\n\(request)Connection: close\r\n\r\n")
            #expect(answer.components(separatedBy: "HTTP/1.1 304 Not Modified").count == 3)
        }
    }

    @Test("Only so many are connected, and the next one is told")
    func connectionLimit() async throws {
        var limits = WebLimits()
        limits.connections = 3
        try await serve(limits) { bench, port in
            var sockets: [AsyncSocket] = []
            for _ in 0..<3 { sockets.append(try await connect(bench, port)) }
            try await Task.sleep(for: .milliseconds(200))
            let request = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n"
            try await confirm("503", from: bench, port, request)
            for socket in sockets { try socket.close() }
            try await Task.sleep(for: .milliseconds(500))
            try await confirm("200", from: bench, port, request)
        }
    }

    @Test("Only so many watch; whoever leaves makes room")
    func viewerLimit() async throws {
        try await serve { bench, port in
            let request = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
            var viewers: [AsyncSocket] = []
            for _ in 0..<2 {
                viewers.append(try await connect(bench, port))
                try await viewers[viewers.count - 1].write(Data(request.utf8))
            }
            try await Task.sleep(for: .milliseconds(300))
            try await confirm("503", from: bench, port, request)
            for viewer in viewers { try viewer.close() }
            try await Task.sleep(for: .milliseconds(1500))
            let events = try await ask(bench, port, request, seconds: 1)
            #expect(events.hasPrefix("HTTP/1.1 200 "))
            #expect(events.contains("Content-Type: text/event-stream"))
        }
    }

    @Test("Changes of roles come as events, and what did not change is not repeated")
    func events() async throws {
        try await serve { bench, port in
            let role = try FakeRole(at: bench.path("client"), pool: bench.pool)
            _ = try await bench.time(of: "client") { $0.condition == .answers }
            let events = try await ask(bench, port, "GET /events HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", seconds: 2)
            let data = events.split(separator: "\n").filter { $0.hasPrefix("data: ") }
            #expect(data.count > 2)
            #expect(data.count { $0.contains("\"first\":true") } == 1)
            #expect(data.count { $0.contains("\"state\":\"qualified\"") } == 1)
            for line in data { _ = try JSONParser.parse(Array(line.dropFirst(6).utf8)) }
            await role.end(leavingSocket: false)
        }
    }
}
