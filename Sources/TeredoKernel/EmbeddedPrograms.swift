import CTeredoBPF
package import TeredoLinux

/// The objects that are compiled into this program.
package enum EmbeddedPrograms {
    /// The answers to router solicitations.
    package static func server() throws(SystemError) -> BPFObject {
        var length = 0
        let start = unsafe teredo_bpf_server_object(&length)
        return try BPFObject(parsing: unsafe [UInt8](UnsafeBufferPointer(start: start, count: length)))
    }

    /// The data path between a TUN interface and peers.
    package static func dataPath() throws(SystemError) -> BPFObject {
        var length = 0
        let start = unsafe teredo_bpf_datapath_object(&length)
        return try BPFObject(parsing: unsafe [UInt8](UnsafeBufferPointer(start: start, count: length)))
    }
}
