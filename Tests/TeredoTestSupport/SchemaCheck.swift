package import Foundation

/// Holds JSON to a schema, as much of JSON Schema as the documents of this project use.
///
/// It is stricter than the standard in two ways: a key that the schema does not have is a fault, and so is a keyword that is not
/// known here.
package struct SchemaCheck {
    private let definitions: [String: Any]
    private let root: [String: Any]

    /// Reads the schema in the file at `url`.
    package init(contentsOf url: URL) throws {
        root = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
        definitions = root["$defs"] as? [String: Any] ?? [:]
    }

    /// What is wrong with the JSON in `text`; nothing when it is as the schema says.
    package func faults(of text: String) throws -> [String] {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        return faults(value, root, at: "$")
    }

    private static let known: Set<String> = [
        "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "items", "enum",
        "const",
        "minimum", "maximum", "oneOf", "anyOf",
    ]

    private func faults(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
        var faults = schema.keys.filter { !Self.known.contains($0) }.map { "\(path): the keyword \($0) is not known" }
        if let reference = schema["$ref"] as? String {
            guard let target = definitions[String(reference.dropFirst("#/$defs/".count))] as? [String: Any] else {
                return faults + ["\(path): there is no \(reference)"]
            }
            faults += self.faults(value, target, at: path)
        }
        for keyword in ["oneOf", "anyOf"] {
            guard let choices = schema[keyword] as? [[String: Any]] else { continue }
            let results = choices.map { self.faults(value, $0, at: path) }
            let fitting = results.filter(\.isEmpty).count
            if fitting == 0 { faults += results.min { $0.count < $1.count } ?? [] }
            if keyword == "oneOf", fitting > 1 { faults.append("\(path): fits more than one schema") }
        }
        if let expected = schema["const"], !Self.isEqual(value, expected) { faults.append("\(path): is \(value)") }
        if let choices = schema["enum"] as? [Any], !choices.contains(where: { Self.isEqual(value, $0) }) {
            faults.append("\(path): \(value) is none of the values")
        }
        if let type = schema["type"] as? String, !Self.isOf(type, value) {
            return faults + ["\(path): \(value) is no \(type)"]
        }
        if let number = value as? NSNumber {
            if let minimum = schema["minimum"] as? Double, number.doubleValue < minimum {
                faults.append("\(path): too low")
            }
            if let maximum = schema["maximum"] as? Double, number.doubleValue > maximum {
                faults.append("\(path): too high")
            }
        }
        if let items = schema["items"] as? [String: Any], let array = value as? [Any] {
            for (index, item) in array.enumerated() { faults += self.faults(item, items, at: "\(path)[\(index)]") }
        }
        if let object = value as? [String: Any], let properties = schema["properties"] as? [String: Any] {
            faults += self.faults(object, properties, required: schema["required"] as? [String] ?? [], at: path)
        }
        return faults
    }

    private func faults(
        _ object: [String: Any],
        _ properties: [String: Any],
        required: [String],
        at path: String
    ) -> [String] {
        var faults = required.filter { object[$0] == nil }.map { "\(path): \($0) is missing" }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            if let schema = properties[key] as? [String: Any] {
                faults += self.faults(value, schema, at: "\(path).\(key)")
            } else {
                faults.append("\(path): \(key) is not in the schema")
            }
        }
        return faults
    }

    private static func isEqual(_ first: Any, _ second: Any) -> Bool {
        (first as? NSObject)?.isEqual(second) ?? false
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "null": value is NSNull
        case "boolean": value is Bool
        case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": value is NSNumber
        default: false
        }
    }
}
