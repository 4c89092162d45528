import TeredoTestSupport
import Testing

@testable import TeredoLoad

@Suite struct TimingWheelTests {
    @Test(
        "every client comes up at its time and not before, also when it was cancelled and entered again",
        arguments: [1, 2]
    )
    func order(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var records = [ClientRecord](repeating: ClientRecord(), count: 500)
        var wheel = TimingWheel()
        var times = [UInt32](repeating: 0, count: 500)
        for client in records.indices {
            times[client] = UInt32.random(in: 0...150_000, using: &generator)
            wheel.schedule(client, at: times[client], in: &records)
        }
        for client in 0..<100 {
            wheel.cancel(client, in: &records)
            times[client] = UInt32.random(in: 0...150_000, using: &generator)
            wheel.schedule(client, at: times[client], in: &records)
        }
        var seen = 0
        var now: UInt32 = 0
        while now <= 151_000 {
            while let client = wheel.pop(now: now, in: &records) {
                guard times[client] <= now else {
                    // What is further ahead than the wheel reaches comes up early.
                    wheel.schedule(client, at: times[client], in: &records)
                    continue
                }
                #expect(now - times[client] <= 50)
                seen += 1
            }
            now += UInt32.random(in: 1...50, using: &generator)
        }
        #expect(seen == 500)
    }
}
