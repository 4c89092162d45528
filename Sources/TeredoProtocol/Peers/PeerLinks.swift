/// How a slot hangs together with others, in eight octets: its neighbours in the order of use, in which list it is, and how
/// often it was used again.
struct PeerLinks: Sendable {
    /// No slot.
    static let none: UInt32 = 1 << 22 - 1
    private static let generationMask: UInt32 = 1 << 17 - 1

    private var bits: UInt64

    /// The links of a slot that is used for the first time.
    init() {
        bits = UInt64(Self.none) << 22 | UInt64(Self.none)
    }

    /// The slot used before this one.
    var previous: UInt32 {
        get { UInt32(truncatingIfNeeded: bits) & Self.none }
        set { bits = bits & ~UInt64(Self.none) | UInt64(newValue) }
    }

    /// The slot used after this one, or the next free one.
    var next: UInt32 {
        get { UInt32(truncatingIfNeeded: bits >> 22) & Self.none }
        set { bits = bits & ~(UInt64(Self.none) << 22) | UInt64(newValue) << 22 }
    }

    /// Whether the slot is in the list of trusted entries.
    var isTrusted: Bool {
        get { bits & 1 << 44 != 0 }
        set { bits = newValue ? bits | 1 << 44 : bits & ~(1 << 44) }
    }

    /// Whether the slot holds an entry.
    var isUsed: Bool {
        get { bits & 1 << 45 != 0 }
        set { bits = newValue ? bits | 1 << 45 : bits & ~(1 << 45) }
    }

    /// Whether the slot is in a list of strangers.
    var isStranger: Bool {
        get { bits & 1 << 46 != 0 }
        set { bits = newValue ? bits | 1 << 46 : bits & ~(1 << 46) }
    }

    /// Which entry the slot holds, of those that it held.
    var generation: UInt32 { UInt32(truncatingIfNeeded: bits >> 47) }

    /// The entry is another one from now on.
    mutating func beginGeneration() {
        let next = (generation + 1) & Self.generationMask
        bits = bits & (1 << 47 - 1) | UInt64(next) << 47
    }
}
