/// Numbers in hexadecimal digits.
package enum HexadecimalText {
    /// The digits of `value`, with zeros in front up to `count` of them.
    package static func digits(_ value: UInt64, count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
