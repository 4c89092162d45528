import CTeredoLinux

/// Attributes for the kernel: length and type in the order of octets of this machine, then the value, padded to four octets.
struct NetlinkAttributes {
    private(set) var bytes: [UInt8] = []

    /// Adds an attribute; what `type` means depends on the message.
    mutating func add(_ type: Int, _ value: [UInt8]) {
        let length = MemoryLayout<nlattr>.size + value.count
        bytes += octets(of: nlattr(nla_len: UInt16(length), nla_type: UInt16(type))) + value
        while !bytes.count.isMultiple(of: NetlinkMessage.alignment) { bytes.append(0) }
    }

    /// Adds a number.
    mutating func add(_ type: Int, _ value: UInt32) { add(type, octets(of: value)) }

    /// Adds an attribute whose value is attributes itself.
    mutating func add(_ type: Int, nested attributes: Self) { add(type | Int(NLA_F_NESTED), attributes.bytes) }

    /// Adds an attribute of a route.
    mutating func add(_ type: rtattr_type_t, _ value: [UInt8]) { add(Int(type.rawValue), value) }

    /// Adds a number of a route.
    mutating func add(_ type: rtattr_type_t, _ value: UInt32) { add(Int(type.rawValue), value) }
}

/// The octets of a structure of the kernel, as they lie in memory.
func octets<Structure: BitwiseCopyable>(of structure: Structure) -> [UInt8] {
    unsafe withUnsafeBytes(of: structure) { unsafe [UInt8]($0) }
}
