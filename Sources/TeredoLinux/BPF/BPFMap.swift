import CTeredoLinux
import Glibc

/// A map that programs in the kernel and this process share; it goes away with the last of its users.
package final class BPFMap: Sendable {
    /// The attributes that the map was made with.
    package let definition: BPFObject.Map
    private let owned: OwnedFileDescriptor

    /// The descriptor, to hand the map to another process.
    package var descriptor: CInt { owned.rawValue }

    /// The length of what the kernel copies for a value: one of 8 octets' multiple per processor in the per-CPU kinds.
    private let copiedLength: Int

    /// Takes over a map that another process made by this definition.
    package init(adopting descriptor: CInt, _ definition: BPFObject.Map) throws(SystemError) {
        self.definition = definition
        owned = try OwnedFileDescriptor(descriptor, "dup", "map \(definition.name)")
        copiedLength = try Self.copiedLength(definition)
    }

    init(_ definition: BPFObject.Map) throws(SystemError) {
        self.definition = definition
        let made = unsafe teredo_bpf_map_create(
            definition.type,
            UInt32(definition.keyLength),
            UInt32(definition.valueLength),
            definition.capacity,
            definition.flags,
            definition.name
        )
        guard made >= 0 else { throw BPFModule.failure("bpf(BPF_MAP_CREATE)", "map \(definition.name)") }
        owned = try OwnedFileDescriptor(made, "bpf(BPF_MAP_CREATE)", "map \(definition.name)")
        copiedLength = try Self.copiedLength(definition)
    }

    private static func copiedLength(_ definition: BPFObject.Map) throws(SystemError) -> Int {
        let isPerProcessor =
            definition.type == TEREDO_BPF_MAP_PERCPU_ARRAY
            || definition.type == TEREDO_BPF_MAP_PERCPU_HASH
        return isPerProcessor
            ? (definition.valueLength + 7) / 8 * 8 * (try BPFModule.possibleProcessors()) : definition.valueLength
    }

    /// Writes an entry of a map that is not per CPU.
    package func set(_ key: [UInt8], to value: [UInt8]) throws(SystemError) {
        precondition(key.count == definition.keyLength && value.count == copiedLength, "lengths of \(definition.name)")
        guard unsafe teredo_bpf_map_update(descriptor, key, value, UInt64(TEREDO_BPF_ANY)) == 0 else {
            throw SystemError("bpf(BPF_MAP_UPDATE_ELEM)", "map \(definition.name)")
        }
    }

    /// Removes an entry; nothing happens when there is none.
    package func remove(_ key: [UInt8]) {
        precondition(key.count == definition.keyLength, "length of a key of \(definition.name)")
        _ = unsafe teredo_bpf_map_delete(descriptor, key)
    }

    /// The value of an entry as numbers of 64 bits, summed over the processors in a per-CPU map; `nil` when there is none.
    package func numbers(_ key: [UInt8]) -> [UInt64]? {
        precondition(key.count == definition.keyLength, "length of a key of \(definition.name)")
        var words = [UInt64](repeating: 0, count: (copiedLength + 7) / 8)
        guard unsafe teredo_bpf_map_lookup(descriptor, key, &words) == 0 else { return nil }
        let each = (definition.valueLength + 7) / 8
        return (0..<each).map { position in
            stride(from: position, to: words.count, by: each).reduce(0) { $0 &+ words[$1] }
        }
    }
}
