import CTeredoLinux

/// The privileges that the roles need.
package enum Capability: String, CaseIterable, Hashable, Sendable {
    /// To make the TUN interface, its addresses and routes.
    case netAdmin = "CAP_NET_ADMIN"
    /// To send IPv6 packets with a Teredo client's source address.
    case netRaw = "CAP_NET_RAW"

    /// Whether this process has it.
    package var isEffective: Bool {
        let bit = self == .netAdmin ? TEREDO_CAP_NET_ADMIN : TEREDO_CAP_NET_RAW
        return teredo_effective_capabilities() >> UInt64(bit) & 1 == 1
    }
}
