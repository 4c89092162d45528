import FoundationEssentials

/// JSON as this project writes it: sorted keys, slashes as they are.
package enum JSONText {
    /// One line for a protocol, or indented lines for people.
    package static func encode(_ value: some Encodable, isPretty: Bool) throws(ServiceError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw ServiceError("cannot write JSON: \(error)", remedy: "this is a fault of the program: report it")
        }
    }

    /// Reads a value out of JSON text.
    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(ServiceError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw ServiceError(
                "the answer is not what this version understands: \(error)",
                remedy: "use the same version of the teredo command as the running service"
            )
        }
    }
}
