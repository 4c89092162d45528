package import TeredoWire

/// What can be said about an address before it is pinged.
package enum PingTarget {
    /// Why nobody can be pinged there from here; `nil` when somebody may be.
    package static func obstacle(_ address: IPv6Address) -> String? {
        if address.isMulticast { return "is a multicast address; give the address of one host" }
        if address.isLinkLocal {
            return "is link-local, which works on one link only; give a global address, or use ping(8)"
        }
        if address.isIPv4Mapped || address.isIPv4Compatible {
            return "is not the address of another host; give a global IPv6 address"
        }
        return nil
    }

    /// Why nobody sends anything to a Teredo address like this one; `nil` for all others.
    package static func remark(_ address: IPv6Address) -> String? {
        guard let teredo = TeredoAddress(address) else { return nil }
        // V14: nothing is sent to a mapped endpoint that is not global unicast.
        guard let kind = IPv4AddressKind(teredo.mappedEndpoint.address), !kind.isUsableInTests else { return nil }
        return """
            No packet can be sent to \(address): its mapped address \(teredo.mappedEndpoint.address) is \(kind).
              Was it copied completely? 'teredo address \(address)' explains it
            """
    }
}
