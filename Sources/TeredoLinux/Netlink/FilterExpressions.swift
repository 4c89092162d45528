import CTeredoLinux
import TeredoWire

/// The expressions of one rule of nf_tables, in order: each looks at the packet or at what the ones before it found.
///
/// Values are compared as they are on the wire or, where the kernel made them, in the order of octets of this machine.
struct FilterExpressions {
    /// The expressions as attributes of a rule.
    private(set) var list = NetlinkAttributes()

    /// Registers: room for 16 octets each, and the one that lies 4 octets into the second.
    enum Register: UInt32 {
        case first = 1
        case second = 2
        case secondAfterFour = 13
    }

    /// What becomes of a packet.
    enum Verdict {
        case accept
        case drop
        /// Goes through another chain, and returns from it when nothing there decided.
        case jump(String)
    }

    /// The number of the protocol behind all extension headers, an octet.
    mutating func transportProtocol(into register: Register = .first) { meta(NFT_META_L4PROTO, into: register) }

    /// Goes on for packets of this protocol only.
    mutating func isProtocol(_ number: UInt8) {
        transportProtocol()
        compare(NFT_CMP_EQ, [number])
    }

    /// Goes on for packets of other protocols only.
    mutating func isNotProtocol(_ number: UInt8) {
        transportProtocol()
        compare(NFT_CMP_NEQ, [number])
    }

    /// Goes on for packets only that came in through an interface; `isMember` looks for those that a VRF took from there.
    mutating func cameIn(through index: Int32, isMember: Bool) {
        meta(isMember ? NFT_META_SDIF : NFT_META_IIF)
        compare(NFT_CMP_EQ, octets(of: index))
    }

    /// Goes on for packets that go out through another interface only.
    mutating func goesOut(notThrough index: Int32) {
        meta(NFT_META_OIF)
        compare(NFT_CMP_NEQ, octets(of: index))
    }

    /// The source address of the packet.
    mutating func source() { payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 8, count: 16, into: .first) }

    /// Goes on for packets from a prefix only.
    mutating func isFrom(_ prefix: IPv6Prefix) {
        source()
        if prefix.length < 128 { mask(IPv6Prefix(IPv6Address(rawValue: .max), length: prefix.length).address) }
        compare(NFT_CMP_EQ, Netlink.octets(prefix.address))
    }

    /// The destination port of TCP or UDP.
    mutating func destinationPort(into register: Register = .first) {
        payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 2, count: 2, into: register)
    }

    /// Goes on for packets to these ports only.
    mutating func isTo(_ ports: ClosedRange<UInt16>) {
        destinationPort()
        guard ports.count > 1 else { return compare(NFT_CMP_EQ, octets(of: ports.lowerBound.bigEndian)) }
        compare(NFT_CMP_GTE, octets(of: ports.lowerBound.bigEndian))
        compare(NFT_CMP_LTE, octets(of: ports.upperBound.bigEndian))
    }

    /// Goes on for echo requests of ICMPv6 only.
    mutating func isEchoRequest() {
        isProtocol(UInt8(IPPROTO_ICMPV6))
        payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 0, count: 1, into: .first)
        compare(NFT_CMP_EQ, [ICMPv6.echoRequest])
    }

    /// Goes on for packets only that belong to something that this host began, or are an error about it.
    mutating func isAnswer() {
        var data = NetlinkAttributes()
        data.add(NFTA_CT_DREG, bigEndian: Register.first.rawValue)
        data.add(NFTA_CT_KEY, bigEndian: NFT_CT_STATE.rawValue)
        add("ct", data)
        // Bit 1 is set for established, bit 2 for related.
        let wanted = octets(of: UInt32(0b110))
        bitwise(wanted)
        compare(NFT_CMP_NEQ, octets(of: UInt32(0)))
    }

    /// Puts a constant into a register.
    mutating func constant(_ value: [UInt8], into register: Register) {
        var data = NetlinkAttributes()
        data.add(NFTA_IMMEDIATE_DREG, bigEndian: register.rawValue)
        data.add(NFTA_IMMEDIATE_DATA, nested: Self.value(value))
        add("immediate", data)
    }

    /// Counts the packet in the element of a set that the registers from the first on name; makes it if there is room.
    mutating func count(in set: String) {
        var data = NetlinkAttributes()
        data.add(NFTA_DYNSET_SET_NAME, text: set)
        data.add(NFTA_DYNSET_OP, bigEndian: NFT_DYNSET_OP_UPDATE.rawValue)
        data.add(NFTA_DYNSET_SREG_KEY, bigEndian: Register.first.rawValue)
        add("dynset", data)
    }

    /// Counts the packet in a counter with a name.
    mutating func count(by counter: String) {
        var data = NetlinkAttributes()
        data.add(NFTA_OBJREF_IMM_TYPE, bigEndian: UInt32(NFT_OBJECT_COUNTER))
        data.add(NFTA_OBJREF_IMM_NAME, text: counter)
        add("objref", data)
    }

    /// Gives the packet, and with it its connection, the address of the interface that it goes out through.
    mutating func masquerade() { add("masq", NetlinkAttributes()) }

    /// Decides.
    mutating func decide(_ verdict: Verdict) {
        var code = NetlinkAttributes()
        switch verdict {
        case .accept: code.add(NFTA_VERDICT_CODE, bigEndian: UInt32(NF_ACCEPT))
        case .drop: code.add(NFTA_VERDICT_CODE, bigEndian: UInt32(NF_DROP))
        case .jump(let chain):
            code.add(NFTA_VERDICT_CODE, bigEndian: UInt32(bitPattern: NFT_JUMP.rawValue))
            code.add(NFTA_VERDICT_CHAIN, text: chain)
        }
        var value = NetlinkAttributes()
        value.add(NFTA_DATA_VERDICT, nested: code)
        var data = NetlinkAttributes()
        data.add(NFTA_IMMEDIATE_DREG, bigEndian: NFT_REG_VERDICT.rawValue)
        data.add(NFTA_IMMEDIATE_DATA, nested: value)
        add("immediate", data)
    }

    private mutating func meta(_ key: nft_meta_keys, into register: Register = .first) {
        var data = NetlinkAttributes()
        data.add(NFTA_META_KEY, bigEndian: key.rawValue)
        data.add(NFTA_META_DREG, bigEndian: register.rawValue)
        add("meta", data)
    }

    private mutating func payload(_ base: nft_payload_bases, offset: UInt32, count: UInt32, into register: Register) {
        var data = NetlinkAttributes()
        data.add(NFTA_PAYLOAD_DREG, bigEndian: register.rawValue)
        data.add(NFTA_PAYLOAD_BASE, bigEndian: base.rawValue)
        data.add(NFTA_PAYLOAD_OFFSET, bigEndian: offset)
        data.add(NFTA_PAYLOAD_LEN, bigEndian: count)
        add("payload", data)
    }

    private mutating func mask(_ address: IPv6Address) { bitwise(Netlink.octets(address)) }

    private mutating func bitwise(_ mask: [UInt8]) {
        var data = NetlinkAttributes()
        data.add(NFTA_BITWISE_SREG, bigEndian: Register.first.rawValue)
        data.add(NFTA_BITWISE_DREG, bigEndian: Register.first.rawValue)
        data.add(NFTA_BITWISE_LEN, bigEndian: UInt32(mask.count))
        data.add(NFTA_BITWISE_MASK, nested: Self.value(mask))
        data.add(NFTA_BITWISE_XOR, nested: Self.value([UInt8](repeating: 0, count: mask.count)))
        add("bitwise", data)
    }

    private mutating func compare(_ operation: nft_cmp_ops, _ value: [UInt8]) {
        var data = NetlinkAttributes()
        data.add(NFTA_CMP_SREG, bigEndian: Register.first.rawValue)
        data.add(NFTA_CMP_OP, bigEndian: operation.rawValue)
        data.add(NFTA_CMP_DATA, nested: Self.value(value))
        add("cmp", data)
    }

    private mutating func add(_ name: String, _ data: NetlinkAttributes) {
        var expression = NetlinkAttributes()
        expression.add(NFTA_EXPR_NAME, text: name)
        expression.add(NFTA_EXPR_DATA, nested: data)
        list.add(NFTA_LIST_ELEM, nested: expression)
    }

    private static func value(_ octets: [UInt8]) -> NetlinkAttributes {
        var value = NetlinkAttributes()
        value.add(NFTA_DATA_VALUE, octets)
        return value
    }
}

extension NetlinkAttributes {
    /// Adds a number as nf_tables has them, its most significant octet first.
    mutating func add<Kind: RawRepresentable<UInt32>>(_ type: Kind, bigEndian value: UInt32) {
        add(Int(type.rawValue), octets(of: value.bigEndian))
    }

    /// Adds a text with the octet 0 that ends it.
    mutating func add<Kind: RawRepresentable<UInt32>>(_ type: Kind, text: String) {
        add(Int(type.rawValue), Array(text.utf8) + [0])
    }

    /// Adds octets as they are.
    mutating func add<Kind: RawRepresentable<UInt32>>(_ type: Kind, _ value: [UInt8]) { add(Int(type.rawValue), value) }

    /// Adds an attribute whose value is attributes itself.
    mutating func add<Kind: RawRepresentable<UInt32>>(_ type: Kind, nested attributes: Self) {
        add(Int(type.rawValue), nested: attributes)
    }
}
