import Testing

@testable import TeredoProtocol

/// The packed fields of a slot.
@Suite struct PeerLinksTests {
    @Test("Each field is read as it was written, whatever the others hold")
    func fields() {
        var links = PeerLinks()
        #expect(links.previous == PeerLinks.none && links.next == PeerLinks.none)
        #expect(!links.isTrusted && !links.isUsed && links.generation == 0)
        for number in 1...1000 as ClosedRange<UInt32> {
            links.beginGeneration()
            links.previous = number
            links.next = PeerLinks.none - number
            links.isTrusted = number.isMultiple(of: 2)
            links.isUsed = number.isMultiple(of: 3)
            #expect(links.generation == number)
            #expect(links.previous == number && links.next == PeerLinks.none - number)
            #expect(links.isTrusted == number.isMultiple(of: 2) && links.isUsed == number.isMultiple(of: 3))
        }
        for _ in 1000..<1 << 18 { links.beginGeneration() }
        #expect(links.generation == 0 && links.previous == 1000)
    }
}
