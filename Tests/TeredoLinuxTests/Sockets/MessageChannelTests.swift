import TeredoLinux
import TeredoWire
import Testing

@Suite struct MessageChannelTests {
    @Test("Whoever waits hears what comes, gives up at the limit and not before, and learns that the other end is gone")
    func waiting() throws {
        let (near, far) = try MessageChannel.pair()
        #expect(near.receive(limit: .zero) == nil)
        #expect(near.receive(limit: .seconds(-1)) == nil)
        let begin = MonotonicClock.now
        #expect(near.receive(limit: .microseconds(2_500)) == nil)
        #expect(MonotonicClock.now - begin >= .microseconds(2500))
        #expect(far.send("first") && far.send("second"))
        #expect(near.receive(limit: .zero) == .text("first"))
        #expect(near.receive() == .text("second"))
        #expect(far.send(String(repeating: "x", count: MessageChannel.messageLimit + 1)))
        #expect(near.receive() == .garbage)
        far.close()
        #expect(near.receive() == .closed)
        #expect(!near.send("to nobody"))
    }
}
