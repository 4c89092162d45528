import CTeredoLinux

/// A compiled object for the kernel's virtual machine: maps, and programs with the places where they name maps.
///
/// Reads the little-endian ELF that `clang -target bpfel` makes, as far as the programs of this project need it: one program
/// in each executable section, maps as five numbers in the section `maps`, no functions, no global data.
package struct BPFObject: Hashable, Sendable {
    /// A map to create: what the kernel calls its attributes.
    package struct Map: Hashable, Sendable {
        /// The name of the variable.
        package let name: String
        /// The kind of map, by the kernel's number.
        package let type: UInt32
        /// The length of a key in octets.
        package let keyLength: Int
        /// The length of a value in octets.
        package let valueLength: Int
        /// The most entries.
        package var capacity: UInt32
        /// Flags of the kernel.
        package let flags: UInt32

        /// The length in octets of the five numbers that define a map.
        static let definitionLength = 20
    }

    /// A program: its instructions, 8 octets each, and which of them load the address of a map.
    package struct Program: Hashable, Sendable {
        /// The name of the function.
        package let name: String
        /// The instructions as they stand in the object.
        package let instructions: [UInt8]
        /// The offsets of the instructions that want a map, with the names of the maps.
        package let references: [Reference]
    }

    /// An instruction that loads the address of a map.
    package struct Reference: Hashable, Sendable {
        /// Where the instruction lies, in octets.
        package let offset: Int
        /// The map.
        package let map: String
    }

    /// The maps in the order of the section.
    package let maps: [Map]
    /// The programs in the order of their sections.
    package let programs: [Program]
    /// The licence that the kernel is told.
    package let license: String

    /// Reads an object; the error says what is wrong with it.
    package init(parsing bytes: [UInt8]) throws(SystemError) {
        let file = try ELFFile(bytes)
        guard let mapSection = file.sections.firstIndex(where: { $0.name == "maps" }) else {
            throw ELFFile.refusal("it has no section 'maps'")
        }
        let symbols = try file.symbols()
        var maps: [Map] = []
        let definitions = file.sections[mapSection].range
        for symbol in symbols.filter({ $0.section == mapSection }).sorted(by: { $0.value < $1.value }) {
            let offset = definitions.lowerBound + symbol.value
            guard symbol.value >= 0, symbol.value + Map.definitionLength <= definitions.count else {
                throw ELFFile.refusal("map '\(symbol.name)' reaches past its section")
            }
            maps.append(
                Map(
                    name: symbol.name,
                    type: try file.word(offset),
                    keyLength: Int(try file.word(offset + 4)),
                    valueLength: Int(try file.word(offset + 8)),
                    capacity: try file.word(offset + 12),
                    flags: try file.word(offset + 16)
                )
            )
        }
        self.maps = maps
        programs = try file.sections.indices.filter { file.sections[$0].isProgram }.map { index throws(SystemError) in
            try Self.program(index, in: file, symbols, mapSection: mapSection)
        }
        guard let license = file.sections.first(where: { $0.name == "license" }) else {
            throw ELFFile.refusal("it has no section 'license'")
        }
        self.license = String(decoding: bytes[license.range].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The map of this name, as the object defines it.
    package func map(named name: String) throws(SystemError) -> Map {
        guard let map = maps.first(where: { $0.name == name }) else {
            throw ELFFile.refusal("it has no map '\(name)'")
        }
        return map
    }

    /// The length of an instruction in octets; one that loads a number of 64 bits takes the place of two.
    static let instructionLength = 8
    /// The operation of such an instruction.
    private static let loadOfNumber = UInt8(BPF_LD | BPF_IMM) | UInt8(BPF_DW)

    private static func program(
        _ index: Int,
        in file: ELFFile,
        _ symbols: [ELFFile.Symbol],
        mapSection: Int
    ) throws(SystemError) -> Program {
        let section = file.sections[index]
        guard section.range.count.isMultiple(of: instructionLength),
            let function = symbols.first(where: { $0.section == index && $0.isFunction && $0.value == 0 })
        else { throw ELFFile.refusal("section '\(section.name)' does not hold one function") }
        var references: [Reference] = []
        for relocations in file.sections where relocations.isRelocation(of: index) {
            for relocation in try file.relocations(in: relocations) {
                let (place, symbol) = (relocation.place, relocation.symbol)
                guard relocation.type == Int(TEREDO_BPF_RELOCATION_64), symbols.indices.contains(symbol),
                    symbols[symbol].section == mapSection, place.isMultiple(of: instructionLength),
                    place + 2 * instructionLength <= section.range.count,
                    try file.octet(section.range.lowerBound + place) == loadOfNumber
                else { throw ELFFile.refusal("'\(function.name)' refers to something that is not a map") }
                references.append(Reference(offset: place, map: symbols[symbol].name))
            }
        }
        return Program(
            name: function.name,
            instructions: Array(file.bytes[section.range]),
            references: references
        )
    }
}
