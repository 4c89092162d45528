import CTeredoBPF

/// The objects that are compiled into this program.
package enum EmbeddedPrograms {
    /// The answers to router solicitations.
    package static func server() throws(SystemError) -> BPFObject {
        var length = 0
        let start = unsafe teredo_bpf_server_object(&length)
        return try BPFObject(parsing: unsafe [UInt8](UnsafeBufferPointer(start: start, count: length)))
    }
}
