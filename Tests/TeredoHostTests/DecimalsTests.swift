import TeredoHost
import Testing

@Suite("Decimals")
struct DecimalsTests {
    @Test(
        "decimals are rounded and keep their zeros",
        arguments: [(1.0, 2, "1.00"), (0.046, 2, "0.05"), (-1.26, 1, "-1.3"), (12.5, 0, "13"), (-0.001, 1, "0.0")]
    )
    func decimals(value: Double, digits: Int, text: String) {
        #expect(Decimals.text(value, digits: digits) == text)
    }
}
