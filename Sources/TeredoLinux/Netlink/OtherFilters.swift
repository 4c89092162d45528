import CTeredoLinux
import Glibc

/// Filters of the host beside an ``InboundFilter``.
package enum OtherFilters {
    /// Whether anything else filters the IPv6 packets that come in to this host: a chain for them that drops what nobody allowed,
    /// or has a rule at all; `nil` when the kernel does not say.
    ///
    /// `socket` is one for packet filters of another network namespace.
    package static func isIPv6Filtered(socket given: CInt? = nil) -> Bool? {
        guard let socket = try? FilterSocket(given) else { return nil }
        let all = FilterSocket.message(Int(NFT_MSG_GETCHAIN.rawValue), NLM_F_ROOT | NLM_F_MATCH, family: AF_UNSPEC)
        guard let replies = try? socket.ask(all) else { return nil }
        return replies.contains(where: filters) || hasLegacyFilter
    }

    private static func filters(_ reply: NetlinkReply) -> Bool {
        guard let family = reply.structure(nfgenmsg.self)?.nfgen_family,
            family == UInt8(NFPROTO_IPV6) || family == UInt8(NFPROTO_INET)
        else { return false }
        let chain = reply.attributes(after: nfgenmsg.self)
        let table = String(decoding: chain[Int(NFTA_CHAIN_TABLE.rawValue)] ?? [], as: UTF8.self)
        guard let place = chain[Int(NFTA_CHAIN_HOOK.rawValue)], !table.hasPrefix("teredo-"),
            number(NetlinkReply.attributes(in: place)[Int(NFTA_HOOK_HOOKNUM.rawValue)]) == NF_INET_LOCAL_IN.rawValue
        else { return false }
        return number(chain[Int(NFTA_CHAIN_POLICY.rawValue)]) == UInt32(NF_DROP)
            || number(chain[Int(NFTA_CHAIN_USE.rawValue)]) ?? 0 > 0
    }

    private static func number(_ octets: ArraySlice<UInt8>?) -> UInt32? {
        guard let octets, octets.count == 4 else { return nil }
        return octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Whether the tables of ip6tables that are older than nf_tables are in use.
    private static var hasLegacyFilter: Bool {
        guard let file = try? PrivateFile(path: "/proc/net/ip6_tables_names", limit: 4096) else { return false }
        return String(decoding: file.contents, as: UTF8.self).split(separator: "\n").contains("filter")
    }
}
