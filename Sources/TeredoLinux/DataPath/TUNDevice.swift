import CTeredoLinux
import Glibc

/// A TUN interface through one of its queues; it vanishes, with its addresses and routes, when its last queue or the
/// process does.
package struct TUNDevice: ~Copyable, Sendable {
    /// The queue that packets are read from and written to.
    package let queue: TUNQueue
    /// The name that it was made with; another program may have renamed it.
    private let firstName: String
    /// The index of the interface.
    package let index: Int32

    /// The descriptor, for the event loop.
    package var descriptor: CInt { queue.descriptor }

    /// The name that the interface has now, or had last.
    package var name: String { Self.currentName(descriptor) ?? firstName }

    /// Whether the interface is still there, in whichever network namespace; another program may have removed it.
    package var exists: Bool { descriptor < 0 || Self.currentName(descriptor) != nil }

    /// Whether interfaces can be made at all.
    package enum Availability: Hashable, Sendable {
        /// The device is there and may be opened.
        case available
        /// The device is there, and this process may not open it.
        case notPermitted
        /// There is no device.
        case missing
    }

    /// Whether the device that makes interfaces is there; nothing is opened, so that no kernel module gets loaded.
    package static var availability: Availability {
        guard unsafe access(path, F_OK) == 0 else { return .missing }
        return unsafe access(path, R_OK | W_OK) == 0 ? .available : .notPermitted
    }

    private static let path = "/dev/net/tun"

    /// Makes the interface `name`, 1 to 15 octets long, with those of the wanted offloads that the kernel has; with
    /// several queues when it is to be shared by threads.
    package init(name: String, offloads: Set<Offload> = [], hasQueues: Bool = false) throws(SystemError) {
        let flags = CInt(TEREDO_TUN_EXCLUSIVE) | (hasQueues ? CInt(TEREDO_TUN_QUEUES) : 0)
        try self.init(try Self.open(), name, offloads.intersection(Offload.ofInterface), flags, namespace: nil)
    }

    /// Makes the interface `name` for another process, which gets the descriptor and takes it over with ``init(adopting:offloads:)``.
    package static func make(
        _ name: String,
        hasQueues: Bool,
        hasHeader: Bool
    ) throws(SystemError) -> OwnedFileDescriptor {
        let owned = try open()
        let header = hasHeader ? CInt(TEREDO_TUN_HEADER) : 0
        try create(
            name,
            owned.rawValue,
            CInt(TEREDO_TUN_EXCLUSIVE) | (hasQueues ? CInt(TEREDO_TUN_QUEUES) : 0) | header
        )
        return owned
    }

    /// The index of the interface that an open descriptor stands for, asked by a netlink socket; `nil` when it is gone.
    package static func index(of descriptor: CInt, by netlink: CInt) -> Int32? {
        let found = currentName(descriptor).map { index(of: $0, netlink) }
        return found == 0 ? nil : found
    }

    /// Whether packets have a header before them in an interface with these offloads.
    package static func hasHeader(for offloads: Set<Offload>) -> Bool {
        !offloads.isDisjoint(with: Offload.ofInterface)
    }

    /// Takes over the first queue of an interface that another process made for these offloads.
    package init(adopting descriptor: CInt, offloads: Set<Offload>) throws(SystemError) {
        let owned = try OwnedFileDescriptor(descriptor, "dup", "interface")
        guard let name = Self.currentName(descriptor) else {
            throw SystemError("ioctl(TUNGETIFF)", "interface", code: ENODEV)
        }
        let wanted = offloads.intersection(Offload.ofInterface)
        let granted = wanted.isEmpty ? [] : try Self.enable(wanted, descriptor, name)
        queue = TUNQueue(owned, offloads: granted)
        firstName = name
        index = unsafe teredo_index_of_interface(name)
    }

    /// Makes no interface, but what takes packets in its place, within this process: it has no index and no descriptor.
    package init(name: String, sink: any PacketSink) {
        queue = TUNQueue(sink)
        firstName = name
        index = 0
    }

    /// Makes the interface `name` inside, once; the command must outlive it.
    package init(name: String, offloads: Set<Offload>, inside command: IsolatedCommand) throws(SystemError) {
        let opened = try OwnedFileDescriptor(command.tun, "open", "/dev/net/tun")
        let flags = CInt(TEREDO_TUN_EXCLUSIVE)
        try self.init(opened, name, offloads.intersection(Offload.ofInterface), flags, namespace: command.netlink)
    }

    /// Opens another queue of an interface that was made with queues.
    package init(anotherQueueOf other: borrowing TUNDevice) throws(SystemError) {
        let flags = CInt(TEREDO_TUN_QUEUES)
        try self.init(try Self.open(), other.name, other.queue.offloads, flags, namespace: nil, expected: other.index)
    }

    /// Takes over the only queue of the interface `name` from an earlier process of the role; `nil`, with the queue closed, when it
    /// has another name, or was made for other offloads or for several queues.
    package init?(takingOver descriptor: CInt, name: String, offloads: Set<Offload>) {
        let wanted = offloads.intersection(Offload.ofInterface)
        guard let owned = try? OwnedFileDescriptor(descriptor, "dup", name) else { return nil }
        let flags = teredo_tun_flags(descriptor)
        let hasHeader = flags & CInt(TEREDO_TUN_HEADER) != 0
        guard flags >= 0, Self.currentName(descriptor) == name, hasHeader == !wanted.isEmpty,
            flags & CInt(TEREDO_TUN_QUEUES) == 0,
            let granted = wanted.isEmpty ? [] : try? Self.enable(wanted, descriptor, name)
        else { return nil }
        queue = TUNQueue(owned, offloads: granted)
        firstName = name
        index = unsafe teredo_index_of_interface(name)
    }

    /// Makes the interface `name` in the network namespace at a path such as `/proc/1234/ns/net`; ``index`` is 0.
    package init(name: String, inNamespaceAt path: String) throws(SystemError) {
        let opened = try OwnedFileDescriptor(
            unsafe teredo_open_inside(Self.path, path),
            "open",
            "\(Self.path) for \(path)"
        )
        try self.init(opened, name, [], CInt(TEREDO_TUN_EXCLUSIVE), namespace: nil)
    }

    private static func open() throws(SystemError) -> OwnedFileDescriptor {
        let opened = unsafe teredo_open(path)
        let remedy =
            errno == EPERM || errno == EACCES
            ? "this process may not use the device: run with sudo, or give the container access to /dev/net/tun"
            : "load the kernel module: modprobe tun"
        return try OwnedFileDescriptor(opened, "open", path, remedy: remedy)
    }

    private static func index(of name: String, _ namespace: CInt?) -> Int32 {
        guard let namespace else { return unsafe teredo_index_of_interface(name) }
        return unsafe teredo_interface_index(namespace, name)
    }

    /// The name of the interface that an open descriptor stands for, whoever owns that; `nil` when it stands for none.
    package static func interfaceName(of descriptor: CInt) -> String? { currentName(descriptor) }

    private static func currentName(_ descriptor: CInt) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(TEREDO_INTERFACE_NAME_LENGTH))
        guard unsafe teredo_tun_name(descriptor, &buffer) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private init(
        _ owned: consuming OwnedFileDescriptor,
        _ name: String,
        _ wanted: Set<Offload>,
        _ flags: CInt,
        namespace: CInt?,
        expected: Int32? = nil
    ) throws(SystemError) {
        try Self.create(name, owned.rawValue, flags | (wanted.isEmpty ? 0 : CInt(TEREDO_TUN_HEADER)))
        let offloads = wanted.isEmpty ? [] : try Self.enable(wanted, owned.rawValue, name)
        // What renames new interfaces may have done so already.
        let found = Self.index(of: Self.currentName(owned.rawValue) ?? name, namespace)
        guard expected == nil || found == expected else {
            // Renamed in between, its name made another interface.
            throw SystemError("ioctl(TUNSETIFF)", "interface \(name)", code: ENODEV)
        }
        queue = TUNQueue(owned, offloads: offloads)
        firstName = name
        index = found
    }

    private static func create(_ name: String, _ descriptor: CInt, _ flags: CInt) throws(SystemError) {
        var buffer = [CChar](repeating: 0, count: Int(TEREDO_INTERFACE_NAME_LENGTH))
        for (position, octet) in name.utf8.prefix(buffer.count - 1).enumerated() {
            buffer[position] = CChar(bitPattern: octet)
        }
        guard unsafe teredo_tun_create(descriptor, &buffer, flags) != 0 else { return }
        let remedy =
            switch errno {
            case EBUSY:
                "an interface with this name exists; choose another name with --interface, or stop the program that uses it"
            case EPERM: "creating a TUN interface needs CAP_NET_ADMIN"
            default: ""
            }
        throw SystemError("ioctl(TUNSETIFF)", "interface \(name)", remedy: remedy)
    }

    private static func enable(
        _ wanted: Set<Offload>,
        _ descriptor: CInt,
        _ name: String
    ) throws(SystemError) -> Set<Offload> {
        guard teredo_tun_set_header_length(descriptor, CInt(VirtioNetHeader.length)) == 0 else {
            throw SystemError("ioctl(TUNSETVNETHDRSZ)", "interface \(name)")
        }
        let tso = UInt32(TEREDO_TUN_TSO)
        let uso = UInt32(TEREDO_TUN_USO)
        var granted = wanted
        // A kernel that does not give out UDP super-packets does not take them either.
        let hasUSO = teredo_tun_set_offload(descriptor, tso | uso) == 0
        if !hasUSO { granted.subtract([.uso, .udpCoalescing]) }
        let flags = (granted.contains(.tso) ? tso : 0) | (granted.contains(.uso) ? uso : 0)
        // Each change of the features can take the kernel milliseconds.
        let isInForce = hasUSO && flags == tso | uso
        if !isInForce, teredo_tun_set_offload(descriptor, flags) != 0 {
            granted.subtract([.tso, .uso])
            _ = teredo_tun_set_offload(descriptor, 0)
        }
        // The header is there, so that the set must not become empty.
        if granted.isEmpty { granted = [.tcpCoalescing] }
        return granted
    }
}
