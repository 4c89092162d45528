import TeredoCrypto
import TeredoSimulator
import Testing

@Suite struct ScenarioTests {
    @Test("Figures 12 to 24 of the overview: every scenario ends as its figure says", arguments: Scenario.allCases)
    func scenario(_ scenario: Scenario) throws {
        let result = try scenario.run(seed: 1, authenticator: SwiftCryptoAuthenticator())
        print("== \(scenario.rawValue): \(result.summary)")
        for line in result.chart.lines { print(line) }
        #expect(result.isSuccess, "\(result.summary)")
    }
}
