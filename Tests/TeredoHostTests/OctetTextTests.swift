import TeredoHost
import Testing

@Suite("Amounts of octets")
struct OctetTextTests {
    @Test(
        "octets are shown in the largest unit",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9949, "9.9 kB"), (9960, "10 kB"), (999_400, "999 kB"),
            (1_000_000, "1.0 MB"), (25_000_000_000, "25 GB"), (.max, "18446744 TB"),
        ] as [(UInt64, String)]
    )
    func octets(amount: UInt64, text: String) {
        #expect(OctetText.short(amount) == text)
    }
}
