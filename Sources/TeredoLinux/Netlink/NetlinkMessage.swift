import CTeredoLinux

/// One rtnetlink request: header, a structure that depends on the type, and attributes.
struct NetlinkMessage {
    /// Headers, structures and attributes begin at multiples of this many octets.
    static let alignment = Int(NLMSG_ALIGNTO)

    /// The attributes.
    var attributes = NetlinkAttributes()
    private let type: Int
    private let flags: CInt
    private let structure: [UInt8]

    /// Makes a request without attributes; `type` is one of RTM_…, `flags` are of NLM_F_….
    init<Structure: BitwiseCopyable>(_ type: Int, _ flags: CInt, _ structure: Structure) {
        self.type = type
        self.flags = NLM_F_REQUEST | flags
        self.structure = octets(of: structure)
    }

    /// The whole message.
    var bytes: [UInt8] {
        var header = nlmsghdr()
        let length = MemoryLayout<nlmsghdr>.size + structure.count + attributes.bytes.count
        header.nlmsg_len = UInt32(length)
        header.nlmsg_type = UInt16(type)
        header.nlmsg_flags = UInt16(flags)
        header.nlmsg_seq = 1
        return octets(of: header) + structure + attributes.bytes
    }
}
