import Testing

@testable import TeredoProtocol

@Suite struct RoundTripTimeTests {
    @Test("one octet holds times from 0.1 ms to 50 s, right to 3.2 %")
    func precision() {
        #expect(RoundTripTime.unknown.duration == nil)
        #expect(MemoryLayout<RoundTripTime>.size == 1)
        for tenths in 1...506_000 {
            let duration = Duration.microseconds(100 * tenths)
            guard let kept = RoundTripTime(duration).duration, abs(kept / duration - 1) <= 0.032 else {
                Issue.record("\(duration)")
                return
            }
        }
    }

    @Test("times out of range are the nearest that fits", arguments: [(-5, 100), (0, 100), (60_000, 50_790_400)])
    func range(milliseconds: Int, kept: Int) {
        #expect(RoundTripTime(.milliseconds(milliseconds)).duration == .microseconds(kept))
    }
}
