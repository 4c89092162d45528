/// A span of time that JSON shows in a unit.
@propertyWrapper
package struct JSONTime<Unit: JSONTimeUnit>: Codable, Hashable, Sendable {
    /// The span.
    package var wrappedValue: Duration

    /// A span.
    package init(wrappedValue: Duration) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        wrappedValue = Unit.time(try decoder.singleValueContainer().decode(Unit.Number.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Unit.number(wrappedValue))
    }
}
