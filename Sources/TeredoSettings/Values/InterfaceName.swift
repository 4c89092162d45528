/// The rules of Linux for the name of a network interface.
enum InterfaceName {
    static let standard = "teredo"
    static let maximumLength = 15

    static func validate(_ name: String) throws(ConfigurationError) {
        let isUsable =
            (1...maximumLength).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !reserved.contains($0) }
        guard isUsable else {
            throw ConfigurationError(
                "--interface",
                "'\(name)' cannot name an interface: use 1 to \(maximumLength) letters, digits, '-', '_' or '.'"
            )
        }
    }

    // '/' and ':' are refused by the kernel; '%' makes it choose a number.
    private static let reserved: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "%")]
}
