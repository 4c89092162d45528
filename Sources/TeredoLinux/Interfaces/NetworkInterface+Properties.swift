import CTeredoLinux
import Glibc

extension NetworkInterface {
    /// The interface that has an index now; `nil` when there is none.
    package init?(index: Int32) {
        var buffer = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard unsafe teredo_name_of_interface(index, &buffer) == 0 else { return nil }
        self.init(name: Self.text(buffer), index: index)
    }

    /// The name of the driver, for example `veth`; empty when it does not say.
    package var driver: String {
        var buffer = [CChar](repeating: 0, count: Int(ETHTOOL_BUSINFO_LEN))
        unsafe teredo_interface_driver(name, &buffer)
        return Self.text(buffer)
    }

    /// Whether the interface is one end of a pair of virtual ones.
    package var isVirtualPair: Bool { driver == "veth" }

    /// Whether super-packets of TCP go through the interface unsplit.
    package var takesSuperPackets: Bool { unsafe teredo_interface_value(name, UInt32(ETHTOOL_GTSO)) == 1 }

    /// Whether frames of the interface have Ethernet headers, and it is no loopback.
    package var isEthernet: Bool { unsafe teredo_interface_hardware(name) == ARPHRD_ETHER }

    /// The MTU in octets; `nil` when there is no such interface.
    package var mtu: Int? {
        let mtu = unsafe teredo_interface_mtu(name)
        return mtu >= 0 ? Int(mtu) : nil
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
