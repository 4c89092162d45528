import CTeredoLinux
import Glibc

/// An object in the kernel: its maps made, its programs loaded when they are attached.
package final class BPFModule: Sendable {
    private let object: BPFObject
    private let maps: [String: BPFMap]

    /// Makes the maps; `capacities` replaces the number of entries of those that it names.
    package init(_ object: BPFObject, capacities: [String: Int] = [:]) throws(SystemError) {
        self.object = object
        var maps: [String: BPFMap] = [:]
        for var definition in object.maps {
            if let capacity = capacities[definition.name] { definition.capacity = UInt32(capacity) }
            maps[definition.name] = try BPFMap(definition)
        }
        self.maps = maps
    }

    /// The map of this name.
    package func map(_ name: String) throws(SystemError) -> BPFMap {
        guard let map = maps[name] else { throw ELFFile.refusal("it has no map '\(name)'") }
        return map
    }

    /// Loads the program `name` and attaches it to an interface for as long as the link lives.
    package func attach(
        _ name: String,
        to attachment: BPFAttachment,
        interface: NetworkInterface
    ) throws(SystemError) -> BPFLink {
        let program = try load(name, for: attachment)
        let link = teredo_bpf_link_create(
            program.rawValue,
            interface.index,
            attachment.kernelNumber,
            attachment.kernelFlags
        )
        guard link >= 0 else { throw attachment.failure(interface.name) }
        return BPFLink(try OwnedFileDescriptor(link, "bpf(BPF_LINK_CREATE)", "interface \(interface.name)"))
    }

    /// Loads the program `name`, which lives as long as its descriptor or a link to it.
    package func load(_ name: String, for attachment: BPFAttachment) throws(SystemError) -> OwnedFileDescriptor {
        guard let program = object.programs.first(where: { $0.name == name }) else {
            throw ELFFile.refusal("it has no program '\(name)'")
        }
        let instructions = try relocated(program)
        let count = UInt32(instructions.count / BPFObject.instructionLength)
        func attempt(_ log: UnsafeMutableBufferPointer<CChar>) -> CInt {
            unsafe teredo_bpf_program_load(
                attachment.programType,
                attachment.kernelNumber,
                instructions,
                count,
                object.license,
                name,
                log.baseAddress,
                UInt32(log.count)
            )
        }
        let (call, subject) = ("bpf(BPF_PROG_LOAD)", "program \(name)")
        let silent = unsafe attempt(UnsafeMutableBufferPointer(start: nil, count: 0))
        if silent >= 0 { return try OwnedFileDescriptor(silent, call, subject) }
        guard errno != EPERM else { throw Self.failure(call, subject) }
        let code = errno
        // Once more for the verifier's words; they are long, and the last of them tell the reason.
        var log = [CChar](repeating: 0, count: 1 << 20)
        let again = unsafe log.withUnsafeMutableBufferPointer { unsafe attempt($0) }
        if again >= 0 { return try OwnedFileDescriptor(again, call, subject) }
        let text = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let reason = text.split(separator: "\n").suffix(6).joined(separator: " | ")
        throw SystemError(
            call,
            subject,
            code: code,
            remedy: "this kernel rejects the program"
                + (reason.isEmpty ? "" : "; its verifier says: \(reason)")
        )
    }

    /// The instructions with the descriptors of the maps in place of the references (BPF_PSEUDO_MAP_FD).
    private func relocated(_ program: BPFObject.Program) throws(SystemError) -> [UInt8] {
        var instructions = program.instructions
        for reference in program.references {
            let descriptor = UInt32(bitPattern: try map(reference.map).descriptor)
            // The registers of struct bpf_insn: the upper half says what the number is that stands behind them.
            let registers = reference.offset + 1
            instructions[registers] = instructions[registers] & 0x0F | UInt8(BPF_PSEUDO_MAP_FD) << 4
            for octet in 0..<4 {
                instructions[reference.offset + 4 + octet] = UInt8(
                    truncatingIfNeeded: descriptor >> (8 * UInt32(octet))
                )
            }
        }
        return instructions
    }

    /// An error of the bpf system call, with what people can do when it is a privilege that is missing.
    static func failure(_ call: String, _ subject: String) -> SystemError {
        let remedy =
            switch errno {
            case EPERM:
                "programs in the kernel need CAP_BPF and CAP_NET_ADMIN on the host: run with sudo; inside a user "
                    + "namespace, as in an unprivileged container, the kernel does not allow them"
            case ENOSYS: "this kernel is built without the bpf system call"
            default: ""
            }
        return SystemError(call, subject, remedy: remedy)
    }

    /// The number of processors that the kernel keeps per-CPU values for, found out once: a confined process may not look.
    static func possibleProcessors() throws(SystemError) -> Int { try processors.get() }

    private static let processors = Result { () throws(SystemError) in try countProcessors() }

    private static func countProcessors() throws(SystemError) -> Int {
        let path = "/sys/devices/system/cpu/possible"
        let text = try unsafe OwnedFileDescriptor(open(path, O_RDONLY | O_CLOEXEC), "open", path)
        let bytes = try DescriptorContents.read(text.rawValue, limit: 256)
        // "0-7" or "0,2-3": the highest number decides, because the kernel counts from 0 without gaps.
        let last = String(decoding: bytes, as: UTF8.self).split { !$0.isNumber }.last.flatMap { Int($0) }
        guard let last, last < 65_536 else { throw SystemError("read", path, code: EINVAL) }
        return last + 1
    }
}
