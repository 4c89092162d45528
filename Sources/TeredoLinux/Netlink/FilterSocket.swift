import CTeredoLinux
import Glibc

/// A socket for the packet filters of a network namespace (nf_tables), which changes many things at once or none.
///
/// A table that was made with an owner belongs to this socket: nobody else can change or flush it, and the kernel removes it
/// when the socket is closed, however the process ends.
struct FilterSocket: ~Copyable {
    private let owned: OwnedFileDescriptor

    /// Opens a socket, or a second number of `given`, which may be of another network namespace.
    init(_ given: CInt?) throws(SystemError) {
        let descriptor = given.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? teredo_netfilter_socket()
        owned = try OwnedFileDescriptor(descriptor, "socket", Self.subject)
    }

    /// What is changed or asked for: one of NFT_MSG_…, about IPv6 unless told otherwise.
    static func message(_ type: Int, _ flags: CInt, family: CInt = CInt(NFPROTO_IPV6)) -> NetlinkMessage {
        var header = nfgenmsg()
        header.nfgen_family = UInt8(family)
        header.version = UInt8(NFNETLINK_V0)
        return NetlinkMessage(TEREDO_NFT_MESSAGE | type, flags, header)
    }

    /// Does all of that at one moment, in order, or nothing when any of it fails.
    func change(_ messages: [NetlinkMessage]) throws(SystemError) {
        var octets = Self.mark(Int(NFNL_MSG_BATCH_BEGIN), 0)
        for message in messages { octets += message.bytes }
        octets += Self.mark(Int(NFNL_MSG_BATCH_END), 0)
        let sent = unsafe octets.withUnsafeBufferPointer {
            unsafe send(owned.rawValue, $0.baseAddress, $0.count, 0)
        }
        guard sent == octets.count else { throw SystemError("nf_tables", Self.subject) }
        // Errors come first and in order; of what succeeds only the last message asked to hear of it.
        while true {
            for reply in try receive() where Int32(reply.type) == NLMSG_ERROR {
                let code = -(reply.structure(nlmsgerr.self)?.error ?? -EBADMSG)
                guard code != 0 else { return }
                drain()
                throw SystemError("nf_tables", Self.subject, code: code)
            }
        }
    }

    /// Asks for something, and returns what comes back.
    func ask(_ message: NetlinkMessage) throws(SystemError) -> [NetlinkReply] {
        try Netlink.exchange(message, Self.subject, through: owned.rawValue)
    }

    private func receive() throws(SystemError) -> [NetlinkReply] {
        while true {
            let octets = read(flags: 0)
            if !octets.isEmpty { return NetlinkReply.split(octets) }
            guard errno == EINTR else { throw SystemError("nf_tables", Self.subject) }
        }
    }

    /// What is left of the answer to something that failed must not be taken for that to the next.
    private func drain() { while !read(flags: CInt(MSG_DONTWAIT)).isEmpty {} }

    private func read(flags: CInt) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, unsafe recv(owned.rawValue, buffer.baseAddress, buffer.count, flags))
        }
    }

    private static func mark(_ type: Int, _ flags: CInt) -> [UInt8] {
        var header = nfgenmsg()
        header.nfgen_family = UInt8(AF_UNSPEC)
        header.version = UInt8(NFNETLINK_V0)
        header.res_id = UInt16(NFNL_SUBSYS_NFTABLES).bigEndian
        return NetlinkMessage(type, flags, header).bytes
    }

    /// What errors are about.
    static let subject = "packet filter"
}
