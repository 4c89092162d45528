import Glibc

/// The sections and symbols of a little-endian 64-bit ELF object for the kernel's virtual machine; every offset is checked.
struct ELFFile {
    struct Section {
        let name: String
        let type: UInt32
        let flags: UInt32
        let information: Int
        let range: Range<Int>

        /// Whether the section holds code.
        var isProgram: Bool { type == 1 && flags & 4 != 0 && !range.isEmpty }

        /// Whether the section lists the relocations of the section `index`.
        func isRelocation(of index: Int) -> Bool { type == 9 && information == index }
    }

    struct Symbol {
        let name: String
        let section: Int
        let value: Int
        let isFunction: Bool
    }

    let bytes: [UInt8]
    let sections: [Section]
    private let symbolNames: Range<Int>

    init(_ bytes: [UInt8]) throws(SystemError) {
        self.bytes = bytes
        // 64 bits, little-endian, machine 247 (BPF).
        guard bytes.count >= 64, bytes[..<6] == [0x7F, 0x45, 0x4C, 0x46, 2, 1], bytes[18] == 247, bytes[19] == 0 else {
            throw Self.refusal("not a little-endian 64-bit BPF object")
        }
        let table = try Self.number(bytes, 40, octets: 8)
        let count = try Self.number(bytes, 60, octets: 2)
        let nameSection = try Self.number(bytes, 62, octets: 2)
        guard nameSection < count else { throw Self.refusal("no names of sections") }
        let names = try Self.range(bytes, table + nameSection * 64)
        var sections: [Section] = []
        var symbolNames = 0..<0
        for index in 0..<count {
            let header = table + index * 64
            let type = try Self.number(bytes, header + 4, octets: 4)
            let nothing = type == 0 || type == 8
            sections.append(
                Section(
                    name: try Self.name(bytes, names, try Self.number(bytes, header, octets: 4)),
                    type: UInt32(type),
                    flags: UInt32(truncatingIfNeeded: try Self.number(bytes, header + 8, octets: 8)),
                    information: try Self.number(bytes, header + 44, octets: 4),
                    range: nothing ? 0..<0 : try Self.range(bytes, header)
                )
            )
            guard type == 2 else { continue }
            let link = try Self.number(bytes, header + 40, octets: 4)
            guard link < count else { throw Self.refusal("no names of symbols") }
            symbolNames = try Self.range(bytes, table + link * 64)
        }
        self.sections = sections
        self.symbolNames = symbolNames
    }

    /// The symbols of the object, in the order in which relocations count them.
    func symbols() throws(SystemError) -> [Symbol] {
        guard let table = sections.first(where: { $0.type == 2 }) else { throw Self.refusal("no symbols") }
        var result: [Symbol] = []
        for offset in stride(from: table.range.lowerBound, to: table.range.upperBound - 23, by: 24) {
            result.append(
                Symbol(
                    name: try Self.name(bytes, symbolNames, try Self.number(bytes, offset, octets: 4)),
                    section: try Self.number(bytes, offset + 6, octets: 2),
                    value: try Self.number(bytes, offset + 8, octets: 8),
                    isFunction: try octet(offset + 4) & 15 == 2
                )
            )
        }
        return result
    }

    func octet(_ offset: Int) throws(SystemError) -> UInt8 {
        UInt8(try Self.number(bytes, offset, octets: 1))
    }

    func word(_ offset: Int) throws(SystemError) -> UInt32 {
        UInt32(try Self.number(bytes, offset, octets: 4))
    }

    static func refusal(_ reason: String) -> SystemError {
        SystemError(
            "bpf",
            "the embedded program",
            code: ENOEXEC,
            remedy: "\(reason); run scripts/build-bpf and build again"
        )
    }

    private static func range(_ bytes: [UInt8], _ header: Int) throws(SystemError) -> Range<Int> {
        let start = try number(bytes, header + 24, octets: 8)
        let length = try number(bytes, header + 32, octets: 8)
        guard start <= bytes.count, length <= bytes.count - start else {
            throw refusal("a section reaches past the end")
        }
        return start..<start + length
    }

    private static func name(_ bytes: [UInt8], _ names: Range<Int>, _ offset: Int) throws(SystemError) -> String {
        guard offset <= names.count else { throw refusal("a name reaches past the end") }
        return String(decoding: bytes[names].dropFirst(offset).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A little-endian number below 2^48, so that sums of a few cannot overflow.
    private static func number(_ bytes: [UInt8], _ offset: Int, octets: Int) throws(SystemError) -> Int {
        guard offset >= 0, offset <= bytes.count - octets else { throw refusal("the object ends too early") }
        var value: UInt64 = 0
        for position in 0..<octets { value |= UInt64(bytes[offset + position]) << (8 * UInt64(position)) }
        guard value < 1 << 48 else { throw refusal("a number is too large") }
        return Int(value)
    }
}
