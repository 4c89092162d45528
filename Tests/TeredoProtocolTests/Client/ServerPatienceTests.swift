import Testing

@testable import TeredoProtocol

/// How much silence of the server in use is no accident.
@Suite struct ServerPatienceTests {
    @Test("One question without an answer weighs as much as eight with one, and eight in excess are the most")
    func weight() {
        var patience = ServerPatience()
        #expect(patience.limit == 7 && patience.pace(.seconds(3)) == .seconds(3))
        patience.recordAnswer(unanswered: 1)
        #expect(patience.limit == 9 && patience.pace(.seconds(8)) == .seconds(11))
        for answer in 1...8 {
            #expect(patience.limit == 9 || answer > 1)
            patience.recordAnswer(unanswered: 0)
        }
        #expect(patience.limit == 7)
        patience.recordAnswer(unanswered: 0)
        patience.recordAnswer(unanswered: 3)
        #expect(patience.limit == 13)
        patience.recordAnswer(unanswered: 100)
        #expect(patience.limit == 23 && patience.pace(.seconds(8)) == .seconds(32))
    }

    @Test("A server that answers solicitations alone has twice two of them more, and is asked less often")
    func solicitationsOnly() {
        var patience = ServerPatience()
        patience.expectSolicitationsOnly()
        #expect(patience.limit == 11 && patience.pace(.seconds(8)) == .seconds(14))
        patience.recordAnswer(unanswered: 2)
        #expect(patience.limit == 11)
        patience.recordAnswer(unanswered: 1)
        #expect(patience.limit == 13)
    }
}
