import FoundationEssentials
import Testing

extension SystemTests {
    /// What the linker was told about the program.
    @Suite struct BinaryTests {
        @Test("SEC-63: the table that calls of other libraries go by cannot be changed once the program has started")
        func boundAtStart() throws {
            let octets = try Data(contentsOf: URL(filePath: SystemTest.binary))
            func number(_ offset: Int, _ count: Int) -> Int {
                (0..<count).reduce(0) { $0 | Int(octets[offset + $1]) << (8 * $1) }
            }
            try #require(octets.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]))
            let headers = (0..<number(56, 2)).map { number(32, 8) + $0 * number(54, 2) }
            #expect(headers.contains { number($0, 4) == 0x6474_E552 }, "PT_GNU_RELRO")
            let dynamic = try #require(headers.first { number($0, 4) == 2 })
            let (offset, size) = (number(dynamic + 8, 8), number(dynamic + 32, 8))
            let entries = stride(from: offset, to: offset + size, by: 16).map { (number($0, 8), number($0 + 8, 8)) }
            // DT_FLAGS_1 with DF_1_NOW.
            #expect(entries.contains { $0.0 == 0x6FFF_FFFB && $0.1 & 1 != 0 }, "\(entries)")
        }
    }
}
