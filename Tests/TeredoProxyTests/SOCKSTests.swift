import TeredoProxy
import TeredoTestSupport
import TeredoWire
import Testing

/// SOCKS 5 as RFC 1928 has it, and what programs and strangers make of it.
@Suite("SOCKS")
struct SOCKSTests {
    private static let greeting: [UInt8] = [5, 1, 0]

    private static func request(_ address: [UInt8], command: UInt8 = 1, port: UInt16 = 443) -> [UInt8] {
        [5, command, 0] + address + [UInt8(port >> 8), UInt8(port & 255)]
    }

    private static func name(_ text: String) -> [UInt8] { [3, UInt8(text.utf8.count)] + Array(text.utf8) }

    /// The steps that come of octets that arrive in pieces of this length.
    private static func steps(_ octets: [UInt8], pieces: Int = .max) -> (steps: [SOCKSNegotiation.Step], rest: [UInt8])
    {
        var negotiation = SOCKSNegotiation()
        var steps: [SOCKSNegotiation.Step] = []
        var rest = octets[...]
        while !rest.isEmpty {
            negotiation.receive(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            while let step = negotiation.next() { steps.append(step) }
        }
        return (steps, negotiation.takeRest())
    }

    @Test("names and addresses are understood, however the octets are cut", arguments: [1, 2, 3, 7, 1000])
    func requests(pieces: Int) throws {
        let address = try #require(IPv6Address("2001:db8::7"))
        let octets = (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> UInt128(120 - 8 * $0)) }
        for (words, host) in [
            (Self.name("example.org"), .name("example.org")), (Self.name("2001:db8::7"), .address(address)),
            (Self.name("[2001:db8::7]"), .address(address)), ([4] + octets, .address(address)),
            (Self.name(String(repeating: "a", count: 255)), .name(String(repeating: "a", count: 255))),
        ] as [([UInt8], SOCKSDestination.Host)] {
            let (steps, rest) = Self.steps(Self.greeting + Self.request(words), pieces: pieces)
            #expect(steps == [.answer([5, 0]), .connect(SOCKSDestination(host, port: 443))])
            #expect(rest.isEmpty)
        }
    }

    @Test("a greeting may have up to 255 methods, and must have one that needs no password")
    func methods() {
        let all = (0...254).map { UInt8($0) }
        #expect(Self.steps([5, 255] + all.reversed()).steps == [.answer([5, 0])])
        #expect(Self.steps([5, 1, 0x84]).steps == [.answer([5, 0x84])], "only this program knows that one")
        for octets in [
            [5, 0], [5, 1, 2], [5, 254] + all.dropFirst().prefix(131) + [UInt8](repeating: 3, count: 123),
        ] as [[UInt8]] {
            guard case .close([5, 0xFF], _)? = Self.steps(octets).steps.first else {
                Issue.record("\(octets.prefix(4))")
                continue
            }
        }
    }

    @Test(
        "what cannot be done is refused by the number of RFC 1928 section 6",
        arguments: [
            (request([1, 192, 0, 2, 1]), SOCKSReply.addressTypeNotSupported),
            (request([2, 1, 1, 1, 1]), .addressTypeNotSupported),
            (request(name("192.0.2.1")), .addressTypeNotSupported),
            (request(name("::ffff:192.0.2.1")), .addressTypeNotSupported),
            (request(name("a"), command: 2), .commandNotSupported),
            (request(name("a"), command: 3), .commandNotSupported),
            (request(name("a"), port: 0), .connectionRefused), (request(name("")), .hostUnreachable),
            (request(name("a b")), .hostUnreachable), (request(name("a\u{0}b")), .hostUnreachable),
            (request([3, 2, 0xC3, 0x28]), .hostUnreachable), (request(name("1::2::3")), .hostUnreachable),
            ([5, 1, 7, 3, 1, 97, 0, 80], .generalFailure),
        ]
    )
    func refusals(octets: [UInt8], reply: SOCKSReply) {
        guard case .close(let answer, _)? = Self.steps(Self.greeting + octets).steps.last else {
            Issue.record("not refused")
            return
        }
        #expect(answer == reply.octets())
        #expect(answer.count == 22)
    }

    @Test(
        "what is no SOCKS 5 is hung up on without a word",
        arguments: [[4, 1, 0, 80], Array("GET / HTTP/1.1\r\n".utf8), [0]]
    )
    func others(octets: [UInt8]) {
        guard case .close([], _)? = Self.steps(octets).steps.first else {
            Issue.record("answered")
            return
        }
    }

    @Test("what a program sends before the answer is kept for the other side")
    func early() {
        let data = Array("hello".utf8)
        let (steps, rest) = Self.steps(Self.greeting + Self.request(Self.name("a")) + data)
        #expect(steps.count == 2)
        #expect(rest == data)
    }

    @Test("no octets of any kind trap, and at most one step asks to connect or to close", arguments: 0..<20)
    func random(seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        for _ in 0..<500 {
            var octets = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { octets = Self.greeting + octets }
            if Bool.random(using: &generator) {
                octets = Self.greeting + [5, 1, 0, UInt8.random(in: 1...4, using: &generator)] + octets
            }
            let steps = Self.steps(octets, pieces: Int.random(in: 1...50, using: &generator)).steps
            let ends = steps.filter { if case .answer = $0 { false } else { true } }
            #expect(ends.count <= 1, "seed \(seed)")
        }
    }

    @Test("the client's side understands every kind of answer, and no nonsense")
    func client() throws {
        let steps = Self.steps(SOCKSClient.greeting(anyProxy: true) + SOCKSClient.request("example.org", port: 80))
            .steps
        #expect(steps.last == .connect(SOCKSDestination(.name("example.org"), port: 80)))
        #expect(SOCKSClient.accepts([5, 0], anyProxy: true) && !SOCKSClient.accepts([5, 0], anyProxy: false))
        #expect(SOCKSClient.accepts([5, 0x84], anyProxy: false) && !SOCKSClient.accepts([5, 0xFF], anyProxy: true))
        for reply in SOCKSReply.allCases {
            let octets = reply.octets(.loopback, port: 7)
            #expect(SOCKSClient.answerLength(Array(octets.prefix(5))) == octets.count)
            #expect(SOCKSClient.reply(octets) == reply)
        }
        #expect(SOCKSClient.answerLength([5, 0, 0, 1, 127]) == 10)
        #expect(SOCKSClient.answerLength([5, 0, 0, 3, 9]) == 16)
        #expect(SOCKSClient.answerLength([5, 0, 0, 2, 9]) == nil)
        #expect(SOCKSClient.answerLength([4, 0, 0, 1, 9]) == nil)
        #expect(SOCKSClient.reply([5, 99]) == .generalFailure)
    }
}
