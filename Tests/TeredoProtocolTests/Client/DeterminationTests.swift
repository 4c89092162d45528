import TeredoProtocol
import TeredoWire
import Testing

@Suite struct RefreshIntervalDeterminationTests {
    /// Runs the search against a NAT that keeps mappings for `lifetime` and returns the interval found.
    private func search(lifetime: Duration) -> ClientHarness {
        var harness = ClientHarness.qualified { $0.determinesRefreshInterval = true }
        harness.client.secondaryPortOpened(now: harness.now)
        harness.drain()
        let second = UDPEndpoint(ClientHarness.mapped.address, 7777)
        var refreshed = harness.now
        for _ in 0..<6000 {
            harness.advance(.milliseconds(100))
            guard let last = harness.sent.last else { continue }
            if last.isSolicitation {
                if last.port == .secondary { refreshed = harness.now }
                harness.answer(mapped: last.port == .secondary ? second : ClientHarness.mapped)
            } else if last.isBubble, last.to == harness.server, harness.now - refreshed <= lifetime {
                let bubble = [UInt8](capacity: 60) { output in
                    OriginIndication(ClientHarness.mapped).encode(into: &output)
                    output.append(copying: last.bytes.span)
                }
                harness.receive(bubble, from: harness.server, on: .secondary)
            }
            harness.sent = []
        }
        return harness
    }

    @Test("Section 5.2.7: with a patient NAT the interval grows to three quarters of the maximum and the port closes")
    func patientNAT() {
        let harness = search(lifetime: .seconds(600))
        #expect(harness.client.refreshInterval == .seconds(90))
        #expect(harness.events.contains(.secondaryPortDone))
    }

    @Test("Section 5.2.7: with an impatient NAT the interval stays at 30 s")
    func impatientNAT() {
        let harness = search(lifetime: .seconds(31))
        #expect(harness.client.refreshInterval == .seconds(30))
        #expect(harness.events.contains(.secondaryPortDone))
    }

    @Test("Section 5.2.7: off by default")
    func offByDefault() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        harness.answer()
        #expect(!harness.events.contains(.secondaryPortNeeded))
    }
}
