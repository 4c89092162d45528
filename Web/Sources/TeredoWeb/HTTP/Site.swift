import FlyingSocks
import TeredoWebPage

/// What can be read here: the page with its files, the metrics, and whether this program is well.
package struct Site: Sendable {
    /// A file of the page.
    package struct File: Hashable, Sendable {
        /// What it is.
        package let type: String
        /// Its octets.
        package let body: [UInt8]
        /// Changes with the octets.
        package let tag: String

        init(type: String, body: [UInt8]) {
            self.type = type
            self.body = body
            // FNV-1a: whoever has the file shall know whether it is still the same.
            let hash = body.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { $0 = ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            tag = "\"\(String(hash, radix: 16))\""
        }
    }

    /// The files of the page by their paths.
    package static let files = [
        "/": File(type: "text/html; charset=utf-8", body: PageFiles.index),
        "/page.css": File(type: "text/css; charset=utf-8", body: PageFiles.style),
        "/page.js": File(type: "text/javascript; charset=utf-8", body: PageFiles.script),
        "/icon.svg": File(type: "image/svg+xml", body: PageFiles.icon),
    ]

    /// Where changes are told.
    package static let eventsPath = "/events"

    private let rule: HostRule
    private let metrics: MetricsDesk
    private let board: RoleBoard

    /// The site of the roles on `board`.
    package init(rule: HostRule, scrape: MetricsScrape, board: RoleBoard) {
        self.rule = rule
        metrics = MetricsDesk(scrape: scrape, board: board)
        self.board = board
    }

    /// Throws when the request may not be answered, whatever it asks for.
    package func admit(_ head: RequestHead) throws(Refusal) {
        try rule.check(head)
        guard head.method == "GET" || head.method == "HEAD" else { throw .method }
        guard head.values("transfer-encoding").isEmpty, head.values("content-length").allSatisfy({ $0 == "0" }) else {
            throw .hasBody
        }
    }

    /// The answer to a request that was admitted, but for the events.
    package func response(to head: RequestHead) async throws(Refusal) -> Response {
        if let file = Self.files[head.path] {
            let fields = [("Cache-Control", "no-cache"), ("ETag", file.tag)]
            let isKnown = head.values("if-none-match").contains { $0.contains(file.tag) }
            return Response(
                isKnown ? .notModified : .ok,
                fields: fields,
                type: file.type,
                body: isKnown ? [] : file.body
            )
        }
        switch head.path {
        case "/metrics":
            return Response(.ok, type: MergedMetrics.contentType, body: Array(await metrics.text().utf8))
        case "/healthz":
            let roles = await board.all.map { "\($0.socket.name): \($0.condition.word)\n" }
            return Response(.ok, type: "text/plain; charset=utf-8", body: Array(("ok\n" + roles.joined()).utf8))
        default: throw .notFound
        }
    }
}
