/// What a packet has against a rule.
package struct Finding: Hashable, Sendable {
    /// How much it is.
    package enum Weight: String, Hashable, Sendable, CaseIterable {
        /// The rule is broken: who keeps to it drops the packet, or would not have sent it.
        case violation
        /// It was right once, or may be right for reasons that the capture does not show.
        case remark
    }

    /// The rule.
    package let rule: ExplainedRule
    /// How much it is.
    package let weight: Weight
    /// What was seen, as a phrase.
    package let words: String

    init(_ rule: ExplainedRule, _ words: String, weight: Weight = .violation) {
        self.rule = rule
        self.weight = weight
        self.words = words
    }
}
