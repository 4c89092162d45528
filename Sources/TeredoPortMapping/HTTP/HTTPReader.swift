/// Reads an HTTP answer in pieces as they come (RFC 9112 sections 6 and 7), each octet once.
///
/// Interim answers are passed over; chunks are put together. Whatever is left of an answer when the connection ends
/// counts: routers count lengths wrong and leave last chunks out.
public struct HTTPReader: Sendable {
    /// The longest answer that is read, head and body, in octets.
    public static let limit = 65_536

    private enum Phase: Sendable {
        case head
        case body(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case trailers
        case untilEnd
        case ended
    }

    private var phase = Phase.head
    private var line: [UInt8] = []
    private var head = HTTPHead()
    private var body: [UInt8] = []
    private var octetsRead = 0
    private var chunksRead = 0

    /// Makes a reader of one answer.
    public init() {}

    /// Whether the answer is whole, or there will be none.
    public var isAtEnd: Bool { if case .ended = phase { true } else { false } }

    /// Whether only the end of the connection tells that the answer is whole, and there is some of its body already.
    public var isOpenEnded: Bool { if case .untilEnd = phase { !body.isEmpty } else { false } }

    /// Takes what came; octets behind the end of the answer are passed over.
    public mutating func read(_ octets: [UInt8]) {
        var rest = octets[...].prefix(Self.limit - octetsRead)
        octetsRead += rest.count
        while !rest.isEmpty {
            switch phase {
            case .head, .chunkSize, .trailers: readLine(&rest)
            case .body(let remaining):
                let part = take(remaining, &rest)
                phase = part == remaining ? .ended : .body(remaining: remaining - part)
            case .chunk(let remaining):
                let part = take(remaining, &rest)
                phase = part == remaining ? .chunkSize : .chunk(remaining: remaining - part)
            case .untilEnd: _ = take(rest.count, &rest)
            case .ended: return
            }
        }
        if octetsRead == Self.limit { phase = .ended }
    }

    /// What was read; `nil` when it is no answer.
    package var answer: HTTPAnswer? {
        guard let status = head.status, status >= 200 else { return nil }
        return HTTPAnswer(status: status, location: head.value(of: "location")?.text, body: body)
    }

    private mutating func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int {
        let part = rest.prefix(count)
        body += part
        rest = rest.dropFirst(part.count)
        return part.count
    }

    private mutating func readLine(_ rest: inout ArraySlice<UInt8>) {
        guard let end = rest.firstIndex(of: 0x0A) else {
            line += rest
            rest = []
            return
        }
        line += rest[..<end]
        rest = rest[(end + 1)...]
        let whole = line
        line = []
        switch phase {
        case .head: readHead(whole[...])
        case .chunkSize: readChunkSize(whole[...])
        default: if whole[...].trimmed.isEmpty { phase = .ended }
        }
    }

    private mutating func readHead(_ line: ArraySlice<UInt8>) {
        guard let isEnd = head.add(line) else {
            phase = .ended
            return
        }
        guard isEnd, let status = head.status else { return }
        switch status {
        case 101, 204, 304: phase = .ended
        case ..<200: head = HTTPHead()
        default:
            if head.isChunked {
                phase = .chunkSize
            } else if let length = head.contentLength {
                phase = length == 0 ? .ended : .body(remaining: length)
            } else {
                phase = .untilEnd
            }
        }
    }

    private mutating func readChunkSize(_ line: ArraySlice<UInt8>) {
        let content = line.trimmed
        // The line end of the chunk before.
        if content.isEmpty { return }
        guard let size = content.leadingNumber(radix: 16) else {
            // Said to be in chunks, and is not.
            if chunksRead == 0 {
                body += line + [0x0A]
                phase = .untilEnd
            } else {
                phase = .ended
            }
            return
        }
        chunksRead += 1
        phase = size == 0 ? .trailers : .chunk(remaining: size)
    }
}
