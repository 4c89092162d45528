/// How log lines are written.
package enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// For people: a time, the level, the role and a sentence.
    case text
    /// Words `key=value`, as Heroku made them usual.
    case logfmt
    /// One object of JSON a line.
    case json
}
