/// Why a text is no JSON.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    package var problem: String
    /// Where: how many octets come before.
    package var offset: Int

    package var description: String { "\(problem) at octet \(offset)" }
}
