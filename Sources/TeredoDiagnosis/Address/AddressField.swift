/// A run of bits of a Teredo address with its meaning: one row of the explanation.
package struct AddressField: Hashable, Sendable, Encodable {
    /// The bits, counted from 0 at the most significant end, such as `32-63`.
    package let bits: String
    /// The name of the field in the words of the RFCs.
    package let name: String
    /// The bits as they stand in the address: hexadecimal for fields, binary for flags.
    package let raw: String
    /// What the bits say.
    package let meaning: String
    /// Whether the row is a part of the row above it: a flag of the flags field.
    package let isFlag: Bool

    private enum CodingKeys: String, CodingKey {
        case bits
        case name
        case raw
        case meaning
    }
}
