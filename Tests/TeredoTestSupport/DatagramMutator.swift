/// Makes random and half-valid datagrams out of a seed, for tests that parsers survive anything.
package struct DatagramMutator: Sendable {
    private var generator: SplitMix64
    private let samples: [[UInt8]]

    /// Starts the sequence that belongs to `seed`; mutations begin from `samples`, which are not empty.
    package init(seed: UInt64, samples: [[UInt8]] = Samples.datagrams.map(\.bytes)) {
        precondition(!samples.isEmpty)
        generator = SplitMix64(seed: seed)
        self.samples = samples
    }

    /// The next datagram: one in eight is noise, the others are samples with one to four changes.
    package mutating func next() -> [UInt8] {
        let kind = random(8)
        guard kind > 0 else { return generator.bytes(random(200)) }
        var bytes = samples[random(samples.count)]
        for _ in 0...random(4) { mutate(&bytes) }
        return kind < 4 ? repairingChecksum(bytes) : bytes
    }

    private mutating func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let position = random(bytes.count)
        switch random(8) {
        case 0: bytes[position] ^= 1 << UInt8(random(8))
        case 1: bytes[position] = UInt8(random(256))
        case 2: bytes[position] = [0, 1, 6, 58, 59, 64, 127, 128, 255][random(9)]
        case 3: bytes.removeSubrange(position...)
        case 4: bytes.removeSubrange(position..<min(position + random(9), bytes.count))
        case 5: bytes.insert(contentsOf: generator.bytes(random(24)), at: position)
        case 6: bytes += generator.bytes(random(24))
        default: bytes = Array(bytes[..<position]) + samples[random(samples.count)]
        }
    }

    /// Repairs length and checksum behind the encapsulations, so that mutations reach the code behind those checks.
    private func repairingChecksum(_ bytes: [UInt8]) -> [UInt8] {
        for start in [0, 8, 13, 21, 41] where start + 44 <= bytes.count && bytes[start] >> 4 == 6 {
            return bytes[..<start] + ReferenceChecksum.repaired(Array(bytes[start...]))
        }
        return bytes
    }
}
