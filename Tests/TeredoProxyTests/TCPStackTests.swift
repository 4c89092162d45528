import Synchronization
import TeredoProxy
import TeredoTestSupport
import TeredoWire
import Testing

/// The TCP stack with a scripted other side; the tests in network namespaces have it talk to a kernel.
///
/// There is one stack in a process: the tests take turns.
@Suite("TCP stack", .serialized)
struct TCPStackTests {
    private static let own = IPv6Address(high: 0x2001_0000_C000_0201, low: 1)
    private static let other = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 2)

    /// Each connection has a port of its own: those of the test before may still be waiting for late segments.
    private static let ports = Atomic<UInt16>(10_000)
    private static var port: UInt16 { ports.add(1, ordering: .relaxed).newValue }

    private let stack: TCPStack

    init() throws {
        stack = try #require(TCPStack())
        stack.setTime(clock(0))
        stack.setAddress(Self.own)
    }

    /// Time goes on from test to test, as the stack's clock does.
    private static let beginnings = Atomic<Int64>(1)
    private let beginning = beginnings.add(1, ordering: .relaxed).newValue

    private func clock(_ milliseconds: Int64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: (beginning * 10_000_000 + milliseconds) * 1_000_000)
    }

    private func packets() -> [[UInt8]] {
        var packets: [[UInt8]] = []
        while stack.nextPacket({ packet in packets.append(packet.indices.map { packet[$0] }) }) {}
        return packets
    }

    private func segments() -> [Segment] { packets().compactMap { Segment($0) } }

    private func events(of connection: Int) -> TCPEvents {
        var all: TCPEvents = []
        while let (number, events) = stack.nextEvents() { if number == connection { all.formUnion(events) } }
        return all
    }

    @discardableResult
    private func receive(_ packet: [UInt8]) -> TCPStack.Reception { stack.receive(packet.span) }

    /// An open connection, and the last segment that the stack sent on it.
    private func open() throws -> (connection: Int, last: Segment) {
        let connection = try stack.connect(to: Self.other, port: 80, from: Self.port, firstNumber: 7)
        let syn = try #require(segments().first)
        #expect(
            syn.flags == Segment.syn && syn.number == 7 && syn.destination == Self.other && syn.destinationPort == 80
        )
        var answer = syn.answer(Segment.syn | Segment.acknowledges, number: 1000)
        // A window that may be larger than 65,535 octets.
        answer.options = [1, 3, 3, 3]
        receive(answer.packet)
        #expect(events(of: connection).contains(.connected))
        let last = try #require(segments().last)
        #expect(last.flags == Segment.acknowledges && last.acknowledgement == 1001)
        return (connection, last)
    }

    private func read(_ connection: Int, limit: Int = .max) -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < limit,
            stack.read(
                connection,
                { part in
                    let count = min(part.count, limit - octets.count)
                    for index in 0..<count { octets.append(part[index]) }
                    return count
                }
            )
        {}
        return octets
    }

    @Test("a connection opens, carries octets both ways and ends on both sides")
    func life() throws {
        let (connection, last) = try open()
        defer { stack.release(connection) }
        #expect(stack.send(Array("question".utf8).span, on: connection) == 8)
        let question = try #require(segments().last)
        #expect(question.payload == Array("question".utf8) && question.number == 8)
        receive(question.answer(Segment.acknowledges, number: 1001, payload: Array("answer".utf8)).packet)
        #expect(events(of: connection).contains(.readable))
        #expect(read(connection) == Array("answer".utf8))
        stack.endSending(connection)
        let fin = try #require(segments().last { $0.flags & Segment.fin != 0 })
        #expect(fin.number == 16)
        receive(fin.answer(Segment.acknowledges | Segment.fin, number: 1007).packet)
        #expect(events(of: connection) == [.ended])
        #expect(segments().last?.acknowledgement == 1008)
        #expect(!stack.isActive, "what is left only waits for late segments")
        _ = last
    }

    @Test("who is refused is told, and why: reset, ICMPv6 error with the right number, silence")
    func refusals() throws {
        func attempt(_ body: (Int, Segment) throws -> Void) throws -> TCPFailure? {
            let connection = try stack.connect(to: Self.other, port: 9, from: Self.port, firstNumber: 50)
            defer { stack.release(connection) }
            let syn = try #require(segments().first)
            try body(connection, syn)
            return events(of: connection).contains(.failed) ? stack.failure(of: connection) : nil
        }
        #expect(
            try attempt { receive($1.answer(Segment.reset | Segment.acknowledges, number: 0).packet) } == .refused
        )
        for (code, failure) in [(0, .noRoute), (1, .prohibited), (3, .unreachable), (4, .refused)]
            as [(UInt8, TCPFailure)]
        {
            #expect(try attempt { receive(Self.unreachable(code, quoting: $1)) } == failure)
        }
        #expect(
            try attempt { connection, syn in
                var guessed = syn
                guessed.number = 51
                receive(Self.unreachable(1, quoting: guessed))
                var damaged = Self.unreachable(1, quoting: syn)
                damaged[44] ^= 1
                receive(damaged)
            } == nil,
            "nobody off the way ends a connection"
        )
        let connection = try stack.connect(to: Self.other, port: 9, from: Self.port, firstNumber: 1)
        var now: Int64 = 0
        while now < 400_000, !events(of: connection).contains(.failed) {
            now += 250
            stack.setTime(clock(now))
            #expect(packets().count <= 1)
        }
        #expect(stack.failure(of: connection) == .timedOut)
        #expect((25_000...40_000).contains(now), "repeated before: \(now) ms")
        stack.release(connection)
    }

    private static func unreachable(_ code: UInt8, quoting segment: Segment) -> [UInt8] {
        var message: [UInt8] = [1, code, 0, 0, 0, 0, 0, 0] + segment.packet
        let sum = Segment.checksum(other, own, 58, message)
        message[2] = UInt8(sum >> 8)
        message[3] = UInt8(sum & 255)
        return Segment.header(other, own, 58, message.count) + message
    }

    @Test("nobody begins a connection from outside: the answer is a reset; a ping is answered; all else is ignored")
    func outside() throws {
        let stranger = Segment(
            source: Self.other,
            destination: Self.own,
            sourcePort: 5,
            destinationPort: 22,
            number: 1,
            flags: Segment.syn
        )
        receive(stranger.packet)
        #expect(segments().map(\.flags) == [Segment.reset | Segment.acknowledges])
        var echo: [UInt8] = [128, 0, 0, 0, 0, 1, 0, 1] + Array("payload".utf8)
        let sum = Segment.checksum(Self.other, Self.own, 58, echo)
        (echo[2], echo[3]) = (UInt8(sum >> 8), UInt8(sum & 255))
        receive(Segment.header(Self.other, Self.own, 58, echo.count) + echo)
        #expect(packets().map { $0[40] } == [129])
        let ignored: [[UInt8]] = [
            Segment.header(Self.other, Self.own, 17, 8) + [0, 1, 0, 1, 0, 8, 0, 0],
            Segment.header(Self.other, Self.own, 44, 28) + [6, 0, 0, 1, 0, 0, 0, 1] + Array(stranger.packet[40...]),
            Segment.header(Self.other, Self.own, 58, 24) + [135] + [UInt8](repeating: 0, count: 23),
            Segment.header(Self.own, Self.own, 6, 20) + Array(stranger.packet[40...]),
            Segment.header(Self.other, Self.other, 6, 20) + Array(stranger.packet[40...]), [], [0x60],
            [0x45, 0, 0, 20],
        ]
        for packet in ignored { #expect(receive(packet) == .ignored, "\(packet.prefix(8))") }
        #expect(packets().isEmpty)
    }

    @Test("the window closes when nobody reads, and opens by what is read")
    func backpressure() throws {
        let (connection, last) = try open()
        defer { stack.release(connection) }
        var number: UInt32 = 1001
        var sent = 0
        var window = Int(last.window) << 3
        while window >= 1220 {
            let payload = [UInt8](repeating: UInt8(sent % 251), count: 1000)
            receive(last.answer(Segment.acknowledges, number: number, payload: payload).packet)
            number &+= 1000
            sent += 1000
            stack.setTime(clock(0))
            if let segment = segments().last { window = Int(segment.window) << 3 }
            try #require(sent < 1_000_000, "it closes")
        }
        #expect(sent <= 262_144)
        let first = read(connection, limit: 100_000)
        #expect(first.count == 100_000)
        let update = try #require(segments().last)
        #expect(Int(update.window) << 3 > window)
        #expect(read(connection).count == sent - 100_000)
    }

    @Test("there is room for so much and no more; it becomes writable when that is acknowledged")
    func sending() throws {
        let (connection, _) = try open()
        defer { stack.release(connection) }
        let all = [UInt8](repeating: 1, count: 1_000_000)
        let accepted = stack.send(all.span, on: connection)
        #expect((100_000...262_144).contains(accepted), "\(accepted)")
        #expect(stack.send(all.span, on: connection) == 0)
        #expect(!events(of: connection).contains(.writable))
        let sent = segments()
        #expect(sent.allSatisfy { $0.payload.count <= 1220 })
        let last = try #require(sent.last)
        receive(last.answer(Segment.acknowledges, number: 1001).packet)
        #expect(events(of: connection).contains(.writable))
        #expect(stack.room(connection) > 0)
    }

    @Test("256 connections and no more; another address ends them all, and a fresh stack has none")
    func limits() throws {
        var connections: [Int] = []
        for index in 0..<TCPStack.connectionLimit {
            connections.append(
                try stack.connect(to: Self.other, port: 80, from: UInt16(41_000 + index), firstNumber: 1)
            )
        }
        #expect(throws: TCPStack.ConnectError.noPlace) {
            try stack.connect(to: Self.other, port: 80, from: 50_000, firstNumber: 1)
        }
        #expect(packets().count == TCPStack.connectionLimit)
        stack.setAddress(IPv6Address(rawValue: Self.own.rawValue + 1))
        var failed = 0
        while let (number, events) = stack.nextEvents() {
            if events.contains(.failed), stack.failure(of: number) == .otherAddress { failed += 1 }
        }
        #expect(failed == TCPStack.connectionLimit)
        #expect(TCPStack() == nil, "one at a time")
        for connection in connections { stack.release(connection) }
        #expect(!stack.isActive)
        _ = packets()
        stack.setAddress(Self.own)
        let again = try stack.connect(to: Self.other, port: 80, from: 41_000, firstNumber: 1)
        #expect(throws: TCPStack.ConnectError.portInUse) {
            try stack.connect(to: Self.other, port: 80, from: 41_000, firstNumber: 1)
        }
        stack.release(again)
        _ = packets()
    }

    @Test("what is acknowledged before it is sent again, with the window shut, does not end the process")
    func acknowledgedEarly() throws {
        let (connection, last) = try open()
        defer { stack.release(connection) }
        #expect(stack.send([UInt8](repeating: 1, count: 2000).span, on: connection) == 2000)
        let sent = segments()
        #expect(sent.reduce(0) { $0 + $1.payload.count } == 2000)
        // Nothing comes back, so that all is to be sent again.
        for step in 1...20 { stack.setTime(clock(Int64(step * 250))) }
        #expect(!segments().isEmpty)
        var acknowledgement = last.answer(Segment.acknowledges, number: 1001)
        acknowledgement.window = 0
        for count in [536, 2000] as [UInt32] {
            acknowledgement.acknowledgement = last.number &+ count
            receive(acknowledgement.packet)
        }
        for step in 21...60 { stack.setTime(clock(Int64(step * 250))) }
        acknowledgement.window = 65_535
        receive(acknowledgement.packet)
        _ = packets()
        #expect(stack.send([7].span, on: connection) == 1)
        #expect(segments().last?.payload == [7], "the connection goes on")
    }

    @Test("no packet of any kind ends the process, whatever the other side acknowledges, and when", arguments: 0..<4)
    func random(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let (connection, last) = try open()
        defer { stack.release(connection) }
        var next: UInt32 = 1001
        var sent = last.number
        for step in 0..<1000 {
            var segment = last.answer(UInt8.random(in: 0...255, using: &generator) | 16, number: next)
            // A reset in the window ends it, as it should.
            if step % 500 != 499 { segment.flags &= ~(Segment.reset | Segment.syn | Segment.fin) }
            if Bool.random(using: &generator) {
                segment.number &+= UInt32.random(in: 0...5000, using: &generator) &- 1000
            }
            segment.acknowledgement = sent
            if Bool.random(using: &generator) {
                segment.acknowledgement &-= UInt32.random(in: 0...5000, using: &generator) &- 10
            }
            segment.window =
                [65_535, 0, 1, UInt16.random(in: 0...2000, using: &generator)].randomElement(using: &generator) ?? 0
            segment.options = (0..<4 * Int.random(in: 0...10, using: &generator)).map { _ in
                UInt8.random(in: 0...8, using: &generator)
            }
            if segment.options.count >= 4, Bool.random(using: &generator) {
                segment.options.replaceSubrange(0..<4, with: [2, 4, 0, UInt8.random(in: 0...255, using: &generator)])
            }
            segment.payload = (0..<Int.random(in: 0...1100, using: &generator)).map { _ in 7 }
            if segment.number == next { next &+= UInt32(segment.payload.count) }
            var packet = segment.packet
            if step % 30 == 0 { packet[Int.random(in: 0..<packet.count, using: &generator)] ^= 4 }
            if step % 40 == 0 { packet.removeLast(Int.random(in: 0...packet.count, using: &generator)) }
            receive(packet)
            if step % 5 == 0 { _ = read(connection) }
            _ = stack.send(
                [UInt8](repeating: 1, count: Int.random(in: 0...3000, using: &generator)).span,
                on: connection
            )
            stack.setTime(clock(Int64(step * 150)))
            for packet in packets() {
                #expect(packet.count <= TCPStack.packetLength)
                if let segment = Segment(packet) { sent = segment.number &+ UInt32(segment.payload.count) }
            }
        }
        _ = events(of: connection)
    }
}
