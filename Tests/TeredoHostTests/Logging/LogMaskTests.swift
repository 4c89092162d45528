import TeredoHost
import Testing

@Suite("Masks in the log")
struct LogMaskTests {
    @Test("an address has one mask however it is written, another address another, and none shows")
    func masks() throws {
        let mask = LogMask()
        let text = mask.masked("from 198.51.100.7:4096 (2001:db8::1, 2001:DB8:0::1) to 198.51.100.8, host-198-51-100-7")
        let found = text.matches(of: /\[(ipv[46])-([0-9a-f]{8})\]/).map { "\($0.output.1) \($0.output.2)" }
        #expect(found.count == 5)
        #expect(found[1] == found[2] && found[0] == found[4] && found[0] != found[3])
        #expect(!text.contains("198.51") && !text.contains("db8"), "\(text)")
        #expect(text.hasPrefix("from [ipv4-") && text.contains("]:4096 ([ipv6-"), "\(text)")
        #expect(mask.masked("198.51.100.7") == "[\(found[0].replacing(" ", with: "-"))]")
    }

    @Test("another process has other masks, so that nobody can look addresses up")
    func differs() {
        #expect(LogMask().masked("198.51.100.7") != LogMask().masked("198.51.100.7"))
    }

    @Test(
        "what tells nothing about a host stays",
        arguments: ["127.0.0.1", "::1", "0.0.0.0:0", "2001::/32", "ff02::2", "version 1.2.3"]
    )
    func keeps(text: String) {
        #expect(LogMask().masked(text) == text)
    }
}
