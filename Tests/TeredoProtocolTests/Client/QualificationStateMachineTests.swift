import TeredoWire
import Testing

@testable import TeredoProtocol

/// Inputs that come when nobody waits for them (RFC 4380 section 5.2.1).
@Suite struct QualificationStateMachineTests {
    @Test("What the resolver says counts once, while it is waited for")
    func lateResolver() {
        for isFound in [true, false] {
            var machine = QualificationStateMachine(QualificationPolicy())
            #expect((isFound ? machine.serverFound() : machine.serverNotFound()) == .none)
            #expect(machine.state == .initial)
            #expect(machine.start() == .resolve)
            #expect(machine.serverFound() == .solicitPrimary(coneBit: false))
            #expect((isFound ? machine.serverFound() : machine.serverNotFound()) == .none)
            #expect(machine.state == .restricted)
            _ = machine.advertised(ClientHarness.mapped, hasSecondary: false)
            #expect((isFound ? machine.serverFound() : machine.serverNotFound()) == .none)
            #expect(machine.qualified != nil)
        }
    }
}
