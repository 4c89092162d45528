package import Foundation

/// A file of docs/schema, as far as these use JSON Schema (draft 2020-12); what they do not use is an error in them.
///
/// Stricter than the files ask for: a key that they do not describe is an error too, for they promise to users that keys may be
/// added, and not to us that we may forget to describe them.
package struct JSONSchema {
    /// A fault in a document, or in a schema.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The name of the file, without its ending.
    package let name: String
    private let root: [String: Any]
    private let rootKeys: Set<String> = ["$schema", "$id", "$defs", "title"]

    /// Reads the file `name`.json.
    package init(_ name: String) throws {
        let file = Self.folder.appendingPathComponent("\(name).json")
        guard let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] else {
            throw Failure(description: "\(name).json is not an object")
        }
        self.name = name
        self.root = root
    }

    /// Where the files are.
    package static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/schema")
    }

    /// The names of all files.
    package static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }.sorted()
    }

    /// Checks `text`, a document, and returns which keys of the schema it has: each with the object that it is a key of.
    @discardableResult
    package func validate(_ text: String) throws -> Set<String> {
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        var keys: Set<String> = []
        try check(document, root, place: "", schema: name, &keys)
        return keys
    }

    /// All keys that the schema describes, in the form in which ``validate(_:)`` returns them.
    package var keys: Set<String> {
        var keys: Set<String> = []
        collect(root, schema: name, &keys)
        for (definition, schema) in root["$defs"] as? [String: [String: Any]] ?? [:] {
            collect(schema, schema: definition, &keys)
        }
        return keys
    }

    /// The words that a key may have, in its own object or behind a list; `nil` where any will do.
    package func words(_ key: String, of definition: String? = nil) -> Set<String>? {
        let object = definition.map { (root["$defs"] as? [String: [String: Any]])?[$0] } ?? root
        guard let property = (object?["properties"] as? [String: [String: Any]])?[key] else { return nil }
        let values = property["enum"] ?? (property["items"] as? [String: Any])?["enum"]
        return (values as? [Any]).map { Set($0.compactMap { $0 as? String }) }
    }

    private func collect(_ schema: [String: Any], schema name: String, _ keys: inout Set<String>) {
        for (key, property) in schema["properties"] as? [String: [String: Any]] ?? [:] {
            keys.insert("\(name): \(key)")
            collect(property, schema: "\(name).\(key)", &keys)
        }
        if let items = schema["items"] as? [String: Any] { collect(items, schema: name, &keys) }
    }

    private func check(
        _ value: Any,
        _ schema: [String: Any],
        place: String,
        schema name: String,
        _ keys: inout Set<String>
    ) throws {
        for keyword in schema.keys where !Self.keywords.contains(keyword) && !rootKeys.contains(keyword) {
            throw Failure(description: "\(self.name).json: \(name): the keyword \(keyword) is not understood")
        }
        if let reference = schema["$ref"] as? String {
            let definition = String(reference.dropFirst("#/$defs/".count))
            guard let target = (root["$defs"] as? [String: [String: Any]])?[definition] else {
                throw Failure(description: "\(self.name).json: there is no \(reference)")
            }
            return try check(value, target, place: place, schema: definition, &keys)
        }
        if let choices = schema["oneOf"] as? [[String: Any]] {
            return try checkOne(value, of: choices, place: place, schema: name, &keys)
        }
        let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] }
        if let types, !types.contains(where: { Self.isType($0, value) }) {
            throw Failure(description: "\(place): \(value) is not \(types.joined(separator: " or "))")
        }
        if let words = schema["enum"] as? [Any], !words.contains(where: { Self.isEqual($0, value) }) {
            throw Failure(description: "\(place): \(value) is not one of \(words)")
        }
        if let constant = schema["const"], !Self.isEqual(constant, value) {
            throw Failure(description: "\(place): \(value) is not \(constant)")
        }
        if let minimum = schema["minimum"] as? Double, let number = value as? Double, !(value is NSNull),
            number < minimum
        {
            throw Failure(description: "\(place): \(number) is less than \(minimum)")
        }
        if let maximum = schema["maximum"] as? Double, let number = value as? Double, !(value is NSNull),
            number > maximum
        {
            throw Failure(description: "\(place): \(number) is more than \(maximum)")
        }
        if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
            for (index, item) in list.enumerated() {
                try check(item, items, place: "\(place)/\(index)", schema: name, &keys)
            }
        }
        if let object = value as? [String: Any] { try checkKeys(object, schema, place: place, schema: name, &keys) }
    }

    private func checkKeys(
        _ object: [String: Any],
        _ schema: [String: Any],
        place: String,
        schema name: String,
        _ keys: inout Set<String>
    ) throws {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for key in schema["required"] as? [String] ?? [] where object[key] == nil {
            throw Failure(description: "\(place): the key \(key) is missing")
        }
        for key in object.keys.sorted() {
            let value = object[key] ?? NSNull()
            if let property = properties[key] {
                keys.insert("\(name): \(key)")
                try check(value, property, place: "\(place)/\(key)", schema: "\(name).\(key)", &keys)
            } else if let others = schema["additionalProperties"] as? [String: Any] {
                try check(value, others, place: "\(place)/\(key)", schema: name, &keys)
            } else {
                throw Failure(description: "\(place): the key \(key) is not described in \(self.name).json")
            }
        }
    }

    private func checkOne(
        _ value: Any,
        of choices: [[String: Any]],
        place: String,
        schema name: String,
        _ keys: inout Set<String>
    ) throws {
        var found: [Set<String>] = []
        var failures: [String] = []
        for choice in choices {
            var own: Set<String> = []
            do {
                try check(value, choice, place: place, schema: name, &own)
                found.append(own)
            } catch {
                failures.append("\(error)")
            }
        }
        guard found.count == 1 else {
            let reasons = found.isEmpty ? failures.joined(separator: "; ") : "\(found.count) of them"
            throw Failure(description: "\(place): not one of the choices: \(reasons)")
        }
        keys.formUnion(found[0])
    }

    private static let keywords: Set = [
        "type", "enum", "const", "minimum", "maximum", "items", "properties", "required", "additionalProperties",
        "oneOf", "$ref",
        "description",
    ]

    private static func isType(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "null": value is NSNull
        case "string": value is String
        case "boolean": isBoolean(value)
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "number": !isBoolean(value) && value is NSNumber
        case "integer": !isBoolean(value) && (value as? Double).map { $0.rounded() == $0 } ?? false
        default: false
        }
    }

    /// JSONSerialization has numbers and switches in one class.
    private static func isBoolean(_ value: Any) -> Bool {
        guard let number = value as? NSNumber else { return false }
        return unsafe String(cString: number.objCType) == "c"
    }

    private static func isEqual(_ first: Any, _ second: Any) -> Bool {
        if first is NSNull || second is NSNull { return first is NSNull && second is NSNull }
        if let first = first as? String { return first == second as? String }
        return !isBoolean(second) && (first as? Double) == (second as? Double)
    }
}
