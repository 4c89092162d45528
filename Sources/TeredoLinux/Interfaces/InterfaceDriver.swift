import CTeredoLinux
import Glibc

/// What drives an interface, and how.
enum InterfaceDriver {
    /// The name of the driver, for example `veth`; empty when it does not say.
    static func name(ofInterface interface: String) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        unsafe teredo_interface_driver(interface, &buffer)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The name of the interface with an index; `nil` when there is none.
    static func interface(_ index: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard unsafe if_indextoname(UInt32(bitPattern: index), &buffer) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether super-packets of TCP go through the interface unsplit (ETHTOOL_GTSO).
    static func takesSuperPackets(_ interface: String) -> Bool {
        unsafe teredo_interface_value(interface, 0x1E) == 1
    }

    /// Whether frames of the interface have Ethernet headers, and it is no loopback.
    static func isEthernet(_ interface: String) -> Bool { unsafe teredo_interface_hardware(interface) == 1 }

    /// The MTU in octets; `nil` when there is no such interface.
    static func mtu(ofInterface interface: String) -> Int? {
        let mtu = unsafe teredo_interface_mtu(interface)
        return mtu >= 0 ? Int(mtu) : nil
    }
}
