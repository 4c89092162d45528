import TeredoLinux
import TeredoTestSupport
import Testing

@Suite struct BPFObjectTests {
    /// A small object made by hand: one program of three instructions that loads the address of one map.
    private static func object() -> [UInt8] {
        func number(_ value: Int, _ octets: Int) -> [UInt8] { (0..<octets).map { UInt8(value >> (8 * $0) & 0xFF) } }
        let names = Array("\0maps\0xdp\0.relxdp\0license\0answers\0look\0".utf8)
        func name(_ text: String) -> Int {
            let wanted = [0] + Array(text.utf8) + [0]
            return names.indices.first { names[$0...].starts(with: wanted) }.map { $0 + 1 } ?? 0
        }
        let code: [UInt8] =
            [0x18, 1, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0x95, 0, 0, 0, 0, 0, 0, 0]
        let map = [1, 4, 8, 16, 0].flatMap { number($0, 4) }
        let symbols =
            [UInt8](repeating: 0, count: 24) + number(name("answers"), 4) + [0x11, 0] + number(1, 2) + number(0, 8)
            + number(20, 8) + number(name("look"), 4) + [0x12, 0] + number(2, 2) + number(0, 8) + number(24, 8)
        let relocations = number(0, 8) + number(1, 4) + number(1, 4)
        let license = Array("Apache-2.0\0".utf8)
        let parts: [(name: String, type: Int, flags: Int, link: Int, info: Int, data: [UInt8])] = [
            ("", 0, 0, 0, 0, []), ("maps", 1, 3, 0, 0, map), ("xdp", 1, 6, 0, 0, code),
            (".relxdp", 9, 0, 5, 2, relocations), ("license", 1, 2, 0, 0, license), ("", 2, 0, 6, 2, symbols),
            ("", 3, 0, 0, 0, names),
        ]
        var data: [UInt8] = []
        var table: [UInt8] = []
        for part in parts {
            table += number(part.name.isEmpty ? 0 : name(part.name), 4) + number(part.type, 4) + number(part.flags, 8)
            table += number(0, 8) + number(64 + data.count, 8) + number(part.data.count, 8)
            table += number(part.link, 4) + number(part.info, 4) + number(1, 8) + number(0, 8)
            data += part.data
        }
        let header =
            [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + number(1, 2) + number(247, 2)
            + number(1, 4) + number(0, 8) + number(0, 8) + number(64 + data.count, 8) + number(0, 4) + number(64, 2)
            + number(0, 4) + number(64, 2) + number(parts.count, 2) + number(6, 2)
        return header + data + table
    }

    @Test("Maps, programs and the places where programs name maps are found")
    func contents() throws {
        let object = try BPFObject(parsing: Self.object())
        #expect(object.license == "Apache-2.0")
        #expect(object.maps.map(\.name) == ["answers"])
        #expect(object.maps.first?.keyLength == 4 && object.maps.first?.valueLength == 8)
        #expect(object.maps.first?.type == 1 && object.maps.first?.capacity == 16)
        #expect(object.programs.map(\.name) == ["look"])
        #expect(object.programs.first?.instructions.count == 24)
        #expect(object.programs.first?.references.map(\.map) == ["answers"])
        #expect(object.programs.first?.references.map(\.offset) == [0])
    }

    @Test("SEC-37: no object, cut short or changed in one octet, makes the parser trap; what is cut short is refused")
    func damaged() {
        let whole = Self.object()
        // The last 16 octets, how the last section is aligned, are not read.
        for length in 0..<whole.count - 16 {
            #expect(throws: SystemError.self) { try BPFObject(parsing: Array(whole[..<length])) }
        }
        var generator = SplitMix64(seed: 247)
        for position in whole.indices {
            for _ in 0..<4 {
                var changed = whole
                changed[position] = UInt8.random(in: .min ... .max, using: &generator)
                _ = try? BPFObject(parsing: changed)
            }
        }
    }
}
