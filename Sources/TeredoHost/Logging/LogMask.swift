import TeredoWire

/// Replaces addresses in log lines by masks: one address always by the same mask while this process runs, and nobody can tell
/// which it was.
///
/// A mask is computed, so that nothing has to be remembered however many addresses there are.
package struct LogMask: Sendable {
    private let key: UInt64

    /// Makes masks that no other process makes.
    package init() {
        var generator = SystemRandomNumberGenerator()
        key = generator.next()
    }

    /// The text with every address that tells something about a host masked, such as `[ipv4-3fa2c19e]:3544`.
    package func masked(_ text: String) -> String {
        AddressText.replacing(text) { address in address.isTelling ? mask(address) : nil }
    }

    private func mask(_ address: AddressText.Found) -> String {
        // SipHash, with a key of the process in addition to the one of the standard library.
        var hasher = Hasher()
        hasher.combine(key)
        hasher.combine(address)
        let digits = String(UInt32(truncatingIfNeeded: hasher.finalize()), radix: 16)
        let family =
            switch address {
            case .ipv4: "ipv4"
            case .ipv6: "ipv6"
            case .hardware: "mac"
            }
        return "[\(family)-\(String(repeating: "0", count: 8 - digits.count))\(digits)]"
    }
}
