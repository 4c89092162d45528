import CTeredoLinux
import Glibc
import TeredoWire

/// A table of the kernel's packet filter for one interface: what comes in through it unasked, and goes on only when allowed
/// (SEC-17).
///
/// It names the interface by its index, and so survives that the interface is renamed. Nobody else can change it, and it is gone
/// with this value, or with the process, however that ends.
package final class InboundFilter {
    /// The name of the table.
    package let table: String
    private let socket: FilterSocket
    private let index: Int32

    /// Whom the filter stands in front of.
    package struct Place: OptionSet, Hashable, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// This host.
        package static let host = Self(rawValue: 1)
        /// Hosts that this one forwards to.
        package static let others = Self(rawValue: 2)
    }

    /// Makes the table, with nothing in it that decides.
    ///
    /// With `masquerade`, packets from Teredo addresses that leave through another interface get the address of that.
    /// `socket` is one for packet filters of the interface's network namespace, `nil` for that of this process.
    package init(_ interface: NetworkInterface, masquerade: Bool = false, socket given: CInt? = nil) throws(SystemError)
    {
        index = interface.index
        socket = try FilterSocket(given)
        // Another interface may have had the name, and been renamed since.
        let names = ["teredo-\(interface.name)", "teredo-\(interface.name)-\(interface.index)"]
        do {
            try Self.make(names[0], index, masquerade, socket)
            table = names[0]
        } catch  where error.isNotPermitted || error.isAlreadyThere {
            try Self.make(names[1], index, masquerade, socket)
            table = names[1]
        }
    }

    deinit {
        // Closing the socket is not enough where somebody else holds it too.
        var message = FilterSocket.message(Int(NFT_MSG_DELTABLE.rawValue), NLM_F_ACK)
        message.attributes.add(NFTA_TABLE_NAME, text: table)
        try? socket.change([message])
    }

    /// Refuses what comes in unasked in front of `places`; without a place nothing is refused.
    ///
    /// Answers, errors about what was sent and echo requests pass (RFC 4890 section 4.4.1), and so does what `rules` allow. There is no
    /// moment without the rules before or these.
    package func refuse(at places: Place, allowing rules: [InboundRule]) throws(SystemError) {
        var messages = [Chain.input, .forward, .allowed].map { remove(from: $0) }
        for rule in rules { messages.append(add(Self.expressions(rule), to: .allowed)) }
        for (place, chain) in [(Place.host, Chain.input), (.others, .forward)] where places.contains(place) {
            // In a VRF the packet has that for its interface here.
            for isMember in [false, true] {
                var expressions = FilterExpressions()
                expressions.cameIn(through: index, isMember: isMember)
                expressions.decide(.jump(Chain.inbound.rawValue))
                messages.append(add(expressions, to: chain))
            }
        }
        // Removing once more what is there no longer makes a last message that can be acknowledged.
        try socket.change(messages + [Self.acknowledgement(table)])
    }

    /// What was refused so far.
    package func refusals() throws(SystemError) -> InboundRefusals {
        InboundRefusals(packets: try packets(), kinds: try kinds())
    }

    private func packets() throws(SystemError) -> UInt64 {
        var message = FilterSocket.message(Int(NFT_MSG_GETOBJ.rawValue), NLM_F_ACK)
        message.attributes.add(NFTA_OBJ_TABLE, text: table)
        message.attributes.add(NFTA_OBJ_NAME, text: Self.counter)
        message.attributes.add(NFTA_OBJ_TYPE, bigEndian: UInt32(NFT_OBJECT_COUNTER))
        for reply in try socket.ask(message) {
            let attributes = reply.attributes(after: nfgenmsg.self)
            if let data = attributes[Int(NFTA_OBJ_DATA.rawValue)] { return Self.packets(inCounter: data) }
        }
        return 0
    }

    private func kinds() throws(SystemError) -> [InboundRefusals.Kind] {
        var message = FilterSocket.message(Int(NFT_MSG_GETSETELEM.rawValue), NLM_F_ROOT | NLM_F_MATCH)
        message.attributes.add(NFTA_SET_ELEM_LIST_TABLE, text: table)
        message.attributes.add(NFTA_SET_ELEM_LIST_SET, text: Self.set)
        var result: [InboundRefusals.Kind] = []
        for reply in try socket.ask(message) {
            let list = reply.attributes(after: nfgenmsg.self)[Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)] ?? []
            result += NetlinkReply.list(in: list).compactMap { Self.kind($1) }
        }
        return result
    }

    private static func kind(_ element: ArraySlice<UInt8>) -> InboundRefusals.Kind? {
        let attributes = NetlinkReply.attributes(in: element)
        guard let key = attributes[Int(NFTA_SET_ELEM_KEY.rawValue)],
            let octets = NetlinkReply.attributes(in: key)[Int(NFTA_DATA_VALUE.rawValue)], octets.count == keyLength,
            let counter = attributes[Int(NFTA_SET_ELEM_EXPR.rawValue)],
            let data = NetlinkReply.attributes(in: counter)[Int(NFTA_EXPR_DATA.rawValue)]
        else { return nil }
        return InboundRefusals.Kind(
            source: octets.span.ipv6Address(at: 0),
            protocolNumber: octets.span[16],
            port: octets.span.bigEndianUInt16(at: 20),
            packets: packets(inCounter: data)
        )
    }

    private static func packets(inCounter data: ArraySlice<UInt8>) -> UInt64 {
        guard let octets = NetlinkReply.attributes(in: data)[Int(NFTA_COUNTER_PACKETS.rawValue)], octets.count == 8
        else {
            return 0
        }
        return octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: The table

    /// The chains by their names.
    private enum Chain: String {
        /// What is for this host.
        case input
        /// What is for others.
        case forward
        /// What came in through the interface.
        case inbound
        /// What may come in unasked.
        case allowed
        /// What leaves this host.
        case masquerade
    }

    private static let set = "refused"
    private static let counter = "refused_packets"
    /// Address, protocol and port, each beginning at a multiple of four octets.
    private static let keyLength = 24
    /// How many kinds of refused packets are remembered, and for how many milliseconds.
    private static let (setSize, setTimeout): (UInt32, UInt64) = (256, 3_600_000)
    /// A little before the usual filters: what is refused here need not be looked at there.
    private static let filterPriority: Int32 = -10
    /// Where source addresses are translated (NF_IP6_PRI_NAT_SRC).
    private static let translationPriority: Int32 = 100

    private static func make(
        _ table: String,
        _ index: Int32,
        _ masquerade: Bool,
        _ socket: borrowing FilterSocket
    ) throws(SystemError) {
        var owned = FilterSocket.message(Int(NFT_MSG_NEWTABLE.rawValue), NLM_F_CREATE | NLM_F_EXCL)
        owned.attributes.add(NFTA_TABLE_NAME, text: table)
        owned.attributes.add(NFTA_TABLE_FLAGS, bigEndian: UInt32(TEREDO_NFT_OWNER))
        var messages = [
            owned, refusedSet(table), refusedCounter(table), chain(.allowed, table), chain(.inbound, table),
            chain(.input, table, type: "filter", NF_INET_LOCAL_IN, filterPriority),
            chain(.forward, table, type: "filter", NF_INET_FORWARD, filterPriority),
        ]
        messages += inbound.map { rule($0, .inbound, table) }
        if masquerade {
            var expressions = FilterExpressions()
            expressions.isFrom(.teredo)
            expressions.goesOut(notThrough: index)
            expressions.masquerade()
            messages.append(chain(.masquerade, table, type: "nat", NF_INET_POST_ROUTING, translationPriority))
            messages.append(rule(expressions, .masquerade, table))
        }
        try socket.change(messages + [acknowledgement(table)])
    }

    /// What becomes of a packet from the interface, rule by rule.
    private static var inbound: [FilterExpressions] {
        var answers = FilterExpressions()
        answers.isAnswer()
        answers.decide(.accept)
        // Of RFC 4890 section 4.4.1 errors and echo replies are answers: one that quotes what was never sent is forged. Neighbour
        // discovery does not come out of a tunnel (SEC-05).
        var requests = FilterExpressions()
        requests.isEchoRequest()
        requests.decide(.accept)
        var allowed = FilterExpressions()
        allowed.decide(.jump(Chain.allowed.rawValue))
        // A full set ends the rule, which is why what is counted is dropped by another one.
        let counted = InboundRule.Transport.allCases.map { transport in
            var expressions = FilterExpressions()
            expressions.isProtocol(transport.number)
            expressions.source()
            expressions.transportProtocol(into: .second)
            expressions.destinationPort(into: .secondAfterFour)
            expressions.count(in: set)
            return expressions
        }
        var others = FilterExpressions()
        for transport in InboundRule.Transport.allCases { others.isNotProtocol(transport.number) }
        others.source()
        others.transportProtocol(into: .second)
        others.constant([0, 0], into: .secondAfterFour)
        others.count(in: set)
        var rest = FilterExpressions()
        rest.count(by: counter)
        rest.decide(.drop)
        return [answers, requests, allowed] + counted + [others, rest]
    }

    private static func expressions(_ rule: InboundRule) -> FilterExpressions {
        var expressions = FilterExpressions()
        if let source = rule.source { expressions.isFrom(source) }
        if case .ports(let transport, let ports) = rule.traffic {
            expressions.isProtocol(transport.number)
            expressions.isTo(ports)
        }
        expressions.decide(.accept)
        return expressions
    }

    private static func refusedSet(_ table: String) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_NEWSET.rawValue), NLM_F_CREATE)
        message.attributes.add(NFTA_SET_TABLE, text: table)
        message.attributes.add(NFTA_SET_NAME, text: set)
        message.attributes.add(NFTA_SET_FLAGS, bigEndian: NFT_SET_TIMEOUT.rawValue | NFT_SET_EVAL.rawValue)
        // For 'nft list', which shows the key by its type: ipv6_addr, inet_proto and inet_service, six bits for each.
        message.attributes.add(NFTA_SET_KEY_TYPE, bigEndian: 8 << 12 | 12 << 6 | 13)
        message.attributes.add(NFTA_SET_KEY_LEN, bigEndian: UInt32(keyLength))
        message.attributes.add(NFTA_SET_ID, bigEndian: 1)
        message.attributes.add(NFTA_SET_TIMEOUT, octets(of: setTimeout.bigEndian))
        var description = NetlinkAttributes()
        description.add(NFTA_SET_DESC_SIZE, bigEndian: setSize)
        message.attributes.add(NFTA_SET_DESC, nested: description)
        var each = NetlinkAttributes()
        each.add(NFTA_EXPR_NAME, text: "counter")
        each.add(NFTA_EXPR_DATA, nested: NetlinkAttributes())
        message.attributes.add(NFTA_SET_EXPR, nested: each)
        return message
    }

    private static func refusedCounter(_ table: String) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_NEWOBJ.rawValue), NLM_F_CREATE)
        message.attributes.add(NFTA_OBJ_TABLE, text: table)
        message.attributes.add(NFTA_OBJ_NAME, text: counter)
        message.attributes.add(NFTA_OBJ_TYPE, bigEndian: UInt32(NFT_OBJECT_COUNTER))
        message.attributes.add(NFTA_OBJ_DATA, nested: NetlinkAttributes())
        return message
    }

    private static func chain(_ chain: Chain, _ table: String) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_NEWCHAIN.rawValue), NLM_F_CREATE)
        message.attributes.add(NFTA_CHAIN_TABLE, text: table)
        message.attributes.add(NFTA_CHAIN_NAME, text: chain.rawValue)
        return message
    }

    private static func chain(
        _ chain: Chain,
        _ table: String,
        type: String,
        _ hook: nf_inet_hooks,
        _ priority: Int32
    ) -> NetlinkMessage {
        var message = Self.chain(chain, table)
        message.attributes.add(NFTA_CHAIN_TYPE, text: type)
        var place = NetlinkAttributes()
        place.add(NFTA_HOOK_HOOKNUM, bigEndian: hook.rawValue)
        place.add(NFTA_HOOK_PRIORITY, bigEndian: UInt32(bitPattern: priority))
        message.attributes.add(NFTA_CHAIN_HOOK, nested: place)
        return message
    }

    private static func rule(_ expressions: FilterExpressions, _ chain: Chain, _ table: String) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_NEWRULE.rawValue), NLM_F_CREATE | NLM_F_APPEND)
        message.attributes.add(NFTA_RULE_TABLE, text: table)
        message.attributes.add(NFTA_RULE_CHAIN, text: chain.rawValue)
        message.attributes.add(NFTA_RULE_EXPRESSIONS, nested: expressions.list)
        return message
    }

    private func add(_ expressions: FilterExpressions, to chain: Chain) -> NetlinkMessage {
        Self.rule(expressions, chain, table)
    }

    private func remove(from chain: Chain) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_DELRULE.rawValue), 0)
        message.attributes.add(NFTA_RULE_TABLE, text: table)
        message.attributes.add(NFTA_RULE_CHAIN, text: chain.rawValue)
        return message
    }

    /// The last message of a batch, which changes nothing and is acknowledged.
    private static func acknowledgement(_ table: String) -> NetlinkMessage {
        var message = FilterSocket.message(Int(NFT_MSG_NEWTABLE.rawValue), NLM_F_ACK)
        message.attributes.add(NFTA_TABLE_NAME, text: table)
        message.attributes.add(NFTA_TABLE_FLAGS, bigEndian: UInt32(TEREDO_NFT_OWNER))
        return message
    }
}
