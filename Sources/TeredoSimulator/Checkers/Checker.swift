/// Watches over a run: hears of everything that happens, and knows one rule.
package protocol Checker: Sendable {
    /// Hears of something.
    mutating func note(_ observation: Observation)
    /// What is wrong so far; empty when all is well.
    var violations: Violations { get }
}
