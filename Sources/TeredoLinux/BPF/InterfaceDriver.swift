import CTeredoLinux
import Glibc

/// What drives an interface.
enum InterfaceDriver {
    /// The name of the driver, for example `veth`; empty when it does not say.
    static func name(ofInterface interface: String) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        unsafe teredo_interface_driver(interface, &buffer)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
