/// What a command prints as JSON: an object with the version of its schema beside its keys (docs/schema).
package struct VersionedJSON<Value: Encodable>: Encodable {
    private let value: Value

    /// Adds the version to an object.
    package init(_ value: Value) { self.value = value }

    private enum CodingKeys: String, CodingKey {
        case schemaVersion
    }

    package func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(JSONText.schemaVersion, forKey: .schemaVersion)
    }
}
