import TeredoLinux
import Testing

@Suite struct ProcessUsageTests {
    @Test("what another process takes is told while it is there, and nothing when it is gone")
    func otherProcess() throws {
        let child = try ChildProcess(["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exec sleep 60"])
        defer { child.terminate(grace: .zero) }
        var usage = ProcessUsage.ofProcess(child.processIdentifier)
        for _ in 0..<1000 where usage?.processorTime ?? .zero < .milliseconds(20) {
            Pause.sleep(.milliseconds(20))
            usage = ProcessUsage.ofProcess(child.processIdentifier)
        }
        let found = try #require(usage)
        #expect(found.processorTime ?? .zero >= .milliseconds(20))
        #expect((100_000...100_000_000).contains(found.residentOctets ?? 0))
        child.signal(9)
        child.terminate(grace: .zero)
        #expect(ProcessUsage.ofProcess(child.processIdentifier) == nil)
    }
}
