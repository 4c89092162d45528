import CTeredoLinux

/// One message of the kernel's answer to a request.
struct NetlinkReply {
    /// What it is: one of RTM_…, or NLMSG_ERROR or NLMSG_DONE.
    let type: Int
    private let body: ArraySlice<UInt8>

    /// The structure at the beginning; `nil` when the message is too short for one.
    func structure<Structure: BitwiseCopyable>(_: Structure.Type) -> Structure? { Self.load(body, Structure.self) }

    /// The attributes behind the structure, by their type.
    func attributes<Structure: BitwiseCopyable>(after _: Structure.Type) -> [Int: ArraySlice<UInt8>] {
        Self.attributes(in: body.dropFirst(MemoryLayout<Structure>.size))
    }

    /// The attributes that an attribute consists of, by their type; of several of one type the last.
    static func attributes(in octets: ArraySlice<UInt8>) -> [Int: ArraySlice<UInt8>] {
        Dictionary(list(in: octets)) { $1 }
    }

    /// The attributes that an attribute consists of, in order, with their types.
    static func list(in octets: ArraySlice<UInt8>) -> [(Int, ArraySlice<UInt8>)] {
        var result: [(Int, ArraySlice<UInt8>)] = []
        var rest = octets
        while let header = load(rest, nlattr.self) {
            let length = Int(header.nla_len)
            guard length >= MemoryLayout<nlattr>.size, length <= rest.count else { break }
            result.append((Int(header.nla_type) & typeMask, rest.prefix(length).dropFirst(MemoryLayout<nlattr>.size)))
            rest = rest.dropFirst(aligned(length))
        }
        return result
    }

    /// Cuts a datagram of the kernel into its messages.
    static func split(_ bytes: [UInt8]) -> [Self] {
        var result: [Self] = []
        var rest = bytes[...]
        while let header = load(rest, nlmsghdr.self) {
            let length = Int(header.nlmsg_len)
            guard length >= MemoryLayout<nlmsghdr>.size, length <= rest.count else { break }
            let body = rest.prefix(length).dropFirst(MemoryLayout<nlmsghdr>.size)
            result.append(Self(type: Int(header.nlmsg_type), body: body))
            rest = rest.dropFirst(aligned(length))
        }
        return result
    }

    /// The structure at the beginning of octets; `nil` when they are too few.
    static func load<Structure: BitwiseCopyable>(
        _ bytes: ArraySlice<UInt8>,
        _: Structure.Type
    ) -> Structure? {
        guard bytes.count >= MemoryLayout<Structure>.size else { return nil }
        return unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: Structure.self) }
    }

    private static func aligned(_ length: Int) -> Int {
        (length + NetlinkMessage.alignment - 1) / NetlinkMessage.alignment * NetlinkMessage.alignment
    }

    /// Without the marks for nested attributes and for the order of octets (NLA_TYPE_MASK).
    private static let typeMask = ~Int(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
}
