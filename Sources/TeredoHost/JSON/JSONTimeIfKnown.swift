/// A span of time that JSON shows in a unit; its key is absent while the span is not known.
@propertyWrapper
package struct JSONTimeIfKnown<Unit: JSONTimeUnit>: Codable, Hashable, Sendable {
    /// The span; `nil` while it is not known.
    package var wrappedValue: Duration?

    /// Not known yet.
    package init() {}

    /// A span, or none.
    package init(wrappedValue: Duration?) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        wrappedValue = try JSONTime<Unit>(from: decoder).wrappedValue
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.map(Unit.number))
    }
}

extension KeyedDecodingContainer {
    /// Takes a missing key for a span that is not known.
    package func decode<Unit>(_ type: JSONTimeIfKnown<Unit>.Type, forKey key: Key) throws -> JSONTimeIfKnown<Unit> {
        JSONTimeIfKnown(wrappedValue: try decodeIfPresent(Unit.Number.self, forKey: key).map(Unit.time))
    }
}

extension KeyedEncodingContainer {
    /// Leaves the key of a span out that is not known.
    package mutating func encode<Unit>(_ value: JSONTimeIfKnown<Unit>, forKey key: Key) throws {
        try encodeIfPresent(value.wrappedValue.map(Unit.number), forKey: key)
    }
}
