import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TeredoFlagsTests {
    @Test("SEC-21: over 10 000 flags each random bit is set in 45 to 55 %, z, U, G and C never")
    func statistics() {
        var generator = SplitMix64(seed: 21)
        var counts = [Int](repeating: 0, count: 16)
        for _ in 0..<10_000 {
            let flags = TeredoFlags.random(coneBit: false, using: &generator)
            for bit in 0..<16 where flags.rawValue >> UInt16(bit) & 1 == 1 { counts[bit] += 1 }
        }
        for bit in 0..<16 {
            if 0x3CFF >> bit & 1 == 1 {
                #expect((4500...5500).contains(counts[bit]), "bit \(bit) was set \(counts[bit]) times")
            } else {
                #expect(counts[bit] == 0, "bit \(bit) must never be set")
            }
        }
    }

    @Test("The cone bit is set exactly when it is asked for")
    func coneBit() {
        var generator = SplitMix64(seed: 22)
        for _ in 0..<1000 {
            let flags = TeredoFlags.random(coneBit: true, using: &generator)
            #expect(flags.coneBit)
            #expect(flags.rawValue & 0x4300 == 0)
        }
    }

    @Test(
        "Each bit has its name",
        arguments: [
            (0x8000, [true, false, false, false]), (0x4000, [false, true, false, false]),
            (0x0200, [false, false, true, false]), (0x0100, [false, false, false, true]),
            (0x3CFF, [false, false, false, false]), (0xFFFF, [true, true, true, true]),
        ]
    )
    func names(rawValue: Int, expected: [Bool]) {
        let flags = TeredoFlags(rawValue: UInt16(rawValue))
        #expect([flags.coneBit, flags.reservedBit, flags.universalBit, flags.groupBit] == expected)
        #expect(flags.randomBits == UInt16(rawValue) & 0x3CFF)
    }

    @Test("Text has four digits", arguments: [(0xE866, "0xe866"), (0, "0x0000"), (0x2C, "0x002c")])
    func text(rawValue: Int, expected: String) {
        #expect(TeredoFlags(rawValue: UInt16(rawValue)).description == expected)
    }
}
