import FoundationEssentials

/// JSON as this project writes it: sorted keys, slashes as they are.
package enum JSONText {
    /// The version of the schemas in docs/schema, which every output of a command names.
    package static let schemaVersion = 1

    /// What a command prints: one line, or indented lines for people, with the version of the schema.
    package static func report(_ value: some Encodable, isPretty: Bool = true) throws(ServiceError) -> String {
        try encode(VersionedJSON(value), isPretty: isPretty)
    }

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
    ///
    /// Control characters in it, escaped or not, become question marks, but for ends of lines and tabs: what is read here is shown
    /// to people, and no answer may move their terminal's cursor (SEC-37).
    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(ServiceError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(HarmlessJSON.octets(of: text)))
        } catch {
            throw ServiceError(
                "this version does not understand the answer: \(phrase(error))",
                remedy: "use the same version of the teredo command as the running service"
            )
        }
    }

    /// What is wrong with a text, in a few words.
    private static func phrase(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): "it has no key '\(path(context, key))'"
        case .valueNotFound(_, let context): "'\(path(context))' has no value"
        case .typeMismatch(_, let context) where context.codingPath.isEmpty: "it is not a JSON object of the right kind"
        case .typeMismatch(_, let context): "'\(path(context))' has the wrong type"
        case .dataCorrupted(let context) where context.underlyingError is UnusableText:
            StyledLine(String(context.debugDescription.prefix(120))).plainText
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is not JSON"
        case .dataCorrupted(let context): "the value of '\(path(context))' is unknown"
        default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
}
