import CTeredoLinux
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
        var isProgram: Bool { type == SHT_PROGBITS && flags & UInt32(SHF_EXECINSTR) != 0 && !range.isEmpty }

        /// Whether the section lists the relocations of the section `index`.
        func isRelocation(of index: Int) -> Bool { type == SHT_REL && information == index }
    }

    struct Symbol {
        let name: String
        let section: Int
        let value: Int
        let isFunction: Bool
    }

    /// Where a section refers to a symbol, and how.
    struct Relocation {
        let place: Int
        let type: Int
        let symbol: Int
    }

    let bytes: [UInt8]
    let sections: [Section]
    private let symbolNames: Range<Int>

    init(_ bytes: [UInt8]) throws(SystemError) {
        self.bytes = bytes
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.identification),
            try Self.number(bytes, 18, octets: 2) == Int(EM_BPF)
        else {
            throw Self.refusal("it is not a little-endian 64-bit BPF object")
        }
        let table = try Self.number(bytes, 40, octets: 8)
        let count = try Self.number(bytes, 60, octets: 2)
        let nameSection = try Self.number(bytes, 62, octets: 2)
        guard nameSection < count else { throw Self.refusal("the names of its sections are missing") }
        let names = try Self.range(bytes, table + nameSection * Self.sectionLength)
        var sections: [Section] = []
        var symbolNames = 0..<0
        for index in 0..<count {
            let header = table + index * Self.sectionLength
            let type = try Self.number(bytes, header + 4, octets: 4)
            let nothing = type == Int(SHT_NULL) || type == Int(SHT_NOBITS)
            sections.append(
                Section(
                    name: try Self.name(bytes, names, try Self.number(bytes, header, octets: 4)),
                    type: UInt32(type),
                    flags: UInt32(truncatingIfNeeded: try Self.number(bytes, header + 8, octets: 8)),
                    information: try Self.number(bytes, header + 44, octets: 4),
                    range: nothing ? 0..<0 : try Self.range(bytes, header)
                )
            )
            guard type == Int(SHT_SYMTAB) else { continue }
            let link = try Self.number(bytes, header + 40, octets: 4)
            guard link < count else { throw Self.refusal("the names of its symbols are missing") }
            symbolNames = try Self.range(bytes, table + link * Self.sectionLength)
        }
        self.sections = sections
        self.symbolNames = symbolNames
    }

    /// The symbols of the object, in the order in which relocations count them.
    func symbols() throws(SystemError) -> [Symbol] {
        guard let table = sections.first(where: { $0.type == SHT_SYMTAB }) else {
            throw Self.refusal("it has no symbols")
        }
        var result: [Symbol] = []
        for offset in Self.entries(of: table, length: MemoryLayout<Elf64_Sym>.size) {
            result.append(
                Symbol(
                    name: try Self.name(bytes, symbolNames, try Self.number(bytes, offset, octets: 4)),
                    section: try Self.number(bytes, offset + 6, octets: 2),
                    value: try Self.number(bytes, offset + 8, octets: 8),
                    isFunction: try octet(offset + 4) & 15 == UInt8(STT_FUNC)
                )
            )
        }
        return result
    }

    /// The relocations of a section that lists such.
    func relocations(in section: Section) throws(SystemError) -> [Relocation] {
        try Self.entries(of: section, length: MemoryLayout<Elf64_Rel>.size).map { offset throws(SystemError) in
            Relocation(
                place: try Self.number(bytes, offset, octets: 8),
                type: Int(try word(offset + 8)),
                symbol: Int(try word(offset + 12))
            )
        }
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
            "embedded program",
            code: ENOEXEC,
            remedy: "\(reason); run scripts/build-bpf and build again"
        )
    }

    /// Magic number, 64 bits, little-endian.
    private static let identification: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, UInt8(ELFCLASS64), UInt8(ELFDATA2LSB)]
    private static let headerLength = MemoryLayout<Elf64_Ehdr>.size
    private static let sectionLength = MemoryLayout<Elf64_Shdr>.size

    /// Where the whole entries of a table begin.
    private static func entries(of section: Section, length: Int) -> [Int] {
        (0..<section.range.count / length).map { section.range.lowerBound + $0 * length }
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
        guard offset >= 0, offset <= bytes.count - octets else { throw refusal("it is cut short") }
        var value: UInt64 = 0
        for position in 0..<octets { value |= UInt64(bytes[offset + position]) << (8 * UInt64(position)) }
        guard value < 1 << 48 else { throw refusal("a number is too large") }
        return Int(value)
    }
}
