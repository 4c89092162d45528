/// What broke a rule: the first cases in words, and how many there were.
package struct Violations: Hashable, Sendable {
    /// The first ones.
    package private(set) var texts: [String] = []
    /// How many there were in all.
    package private(set) var count = 0

    /// None.
    package init() {}

    /// Whether all is well.
    package var isEmpty: Bool { count == 0 }

    /// Adds one.
    package mutating func add(_ text: @autoclosure () -> String) {
        count += 1
        if texts.count < Self.limit { texts.append(text()) }
    }

    private static let limit = 3
}
