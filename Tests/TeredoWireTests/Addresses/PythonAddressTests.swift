import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct PythonAddressTests {
    /// Reads one 128-bit number a line and prints its text and, for Teredo addresses, server and client.
    static let script = """
        import ipaddress, sys
        for line in sys.stdin:
            address = ipaddress.IPv6Address(int(line, 16))
            teredo = address.teredo
            print(address, *(teredo or ()))
        """

    @Test("Python's ipaddress reads and writes the same addresses")
    func sameAsPython() throws {
        guard let python = ExternalTool("python3") else {
            try Test.cancel("python3 is not installed")
        }
        var generator = SplitMix64(seed: 3)
        var addresses = [Samples.addressA, Samples.addressB] + TeredoAddressTests.examples.map { ipv6($0.text) }
        for _ in 0..<1000 {
            addresses.append(IPv6Address(high: 0x2001_0000 << 32 | generator.next() >> 32, low: generator.next()))
            let address = AddressGenerator.address(using: &generator)
            // Versions of Python differ in how they write mapped addresses.
            if !address.isIPv4Mapped { addresses.append(address) }
        }
        let input = addresses.map { String($0.rawValue, radix: 16) }.joined(separator: "\n") + "\n"
        let outcome = try python.run(["-c", Self.script], input: Array(input.utf8))
        try #require(outcome.status == 0, "\(outcome.error)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == addresses.count)
        for (address, line) in zip(addresses, lines) {
            var expected = [address.description]
            if let teredo = TeredoAddress(address) {
                expected += [teredo.server.description, teredo.mappedEndpoint.address.description]
            }
            #expect(String(line) == expected.joined(separator: " "))
        }
    }
}
