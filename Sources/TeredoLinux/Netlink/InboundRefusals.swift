package import TeredoWire

/// What an ``InboundFilter`` refused.
package struct InboundRefusals: Hashable, Sendable {
    /// How many packets it refused in all.
    package var packets: UInt64
    /// Who sent what, as far as there is room to remember it; in no order.
    package var kinds: [Kind]

    /// Nothing unless given.
    package init(packets: UInt64 = 0, kinds: [Kind] = []) {
        self.packets = packets
        self.kinds = kinds
    }

    /// Packets from one address to one port.
    package struct Kind: Hashable, Sendable {
        /// Who sent them.
        package let source: IPv6Address
        /// The number of the protocol behind the IPv6 headers (IANA).
        package let protocolNumber: UInt8
        /// The port of this host; 0 for protocols without ports.
        package let port: UInt16
        /// How many.
        package var packets: UInt64

        /// Describes packets.
        package init(source: IPv6Address, protocolNumber: UInt8, port: UInt16, packets: UInt64) {
            self.source = source
            self.protocolNumber = protocolNumber
            self.port = port
            self.packets = packets
        }
    }
}
