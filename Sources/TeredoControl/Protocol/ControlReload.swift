package import Logging

/// The answer to `reload`: what the role said while it read its settings again.
package struct ControlReload: Hashable, Sendable, Codable {
    /// Something that the role said.
    package struct Message: Hashable, Sendable, Codable {
        /// How serious it is.
        package var level: Logger.Level
        /// A sentence for people.
        package var text: String

        /// Something that was said.
        package init(level: Logger.Level, text: String) {
            self.level = level
            self.text = text
        }
    }

    /// What was said, in order.
    package var messages: [Message]

    /// Makes an answer.
    package init(messages: [Message]) { self.messages = messages }

    /// Whether the settings stay as they were because something is wrong with the new ones.
    package var hasFailed: Bool { messages.contains { $0.level == .error } }

    /// The messages as lines.
    package var text: String { messages.map { "\($0.level): \($0.text)" }.joined(separator: "\n") }
}
