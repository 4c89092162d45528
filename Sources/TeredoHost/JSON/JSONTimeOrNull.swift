/// A span of time that JSON shows in a unit; it is null while it is not known, so that its key is always there.
@propertyWrapper
package struct JSONTimeOrNull<Unit: JSONTimeUnit>: Codable, Hashable, Sendable {
    /// The span; `nil` while it is not known.
    package var wrappedValue: Duration?

    /// Not known yet.
    package init() {}

    /// A span, or none.
    package init(wrappedValue: Duration?) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : Unit.time(try container.decode(Unit.Number.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.map(Unit.number))
    }
}

extension KeyedDecodingContainer {
    /// Takes a missing key for null.
    package func decode<Unit>(_ type: JSONTimeOrNull<Unit>.Type, forKey key: Key) throws -> JSONTimeOrNull<Unit> {
        JSONTimeOrNull(wrappedValue: try decodeIfPresent(Unit.Number.self, forKey: key).map(Unit.time))
    }
}
