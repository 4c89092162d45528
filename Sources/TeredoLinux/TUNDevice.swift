import CTeredoLinux
import Glibc

/// A TUN interface; it vanishes, with its addresses and routes, when this value or the process does.
package struct TUNDevice: ~Copyable, Sendable {
    private let owned: OwnedFileDescriptor
    /// The name of the interface.
    package let name: String
    /// The index of the interface.
    package let index: Int32

    /// The descriptor, for the event loop.
    package var descriptor: CInt { owned.rawValue }

    /// Whether the interface is still there; another program may have removed it.
    package var exists: Bool { Int32(bitPattern: unsafe if_nametoindex(name)) == index }

    /// Makes the interface `name`, 1 to 15 octets long.
    package init(name: String) throws(SystemError) {
        let opened = unsafe teredo_open("/dev/net/tun")
        let remedy =
            errno == EPERM || errno == EACCES
            ? "this process may not use the device: run with sudo, or give the container access to /dev/net/tun"
            : "load the kernel module: modprobe tun"
        let owned = try OwnedFileDescriptor(opened, "open", "/dev/net/tun", remedy: remedy)
        var buffer = [CChar](repeating: 0, count: Int(TEREDO_INTERFACE_NAME_LENGTH))
        for (position, octet) in name.utf8.prefix(buffer.count - 1).enumerated() {
            buffer[position] = CChar(bitPattern: octet)
        }
        guard unsafe teredo_tun_create(owned.rawValue, &buffer) == 0 else {
            let remedy =
                switch errno {
                case EBUSY: "an interface of this name exists; choose another with --interface or stop its program"
                case EPERM: "making a TUN interface needs CAP_NET_ADMIN"
                default: ""
                }
            throw SystemError("ioctl(TUNSETIFF)", "interface \(name)", remedy: remedy)
        }
        self.owned = owned
        self.name = name
        index = Int32(unsafe if_nametoindex(name))
    }

    /// Takes packets that the host sends; returns `false` when there was none.
    package func read(into batch: DatagramBatch) -> Bool { batch.read(from: descriptor) }

    /// Hands a packet to the host; returns `false` when the kernel refused it.
    @discardableResult
    package func write(_ packet: Span<UInt8>) -> Bool {
        unsafe packet.withUnsafeBufferPointer { octets in
            while true {
                let written = unsafe Glibc.write(descriptor, octets.baseAddress, octets.count)
                if written >= 0 { return true }
                guard errno == EINTR else { return false }
            }
        }
    }

    /// Hands the octets of `range` in a slot of `batch` to the host; returns `false` when the kernel refused them.
    @discardableResult
    package func write(_ batch: DatagramBatch, _ index: Int, _ range: Range<Int>) -> Bool {
        batch.withOctets(index) { write($0.extracting(range)) }
    }
}
