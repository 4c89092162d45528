package import Logging
import Synchronization

/// What is logged and how, which can change while a role runs.
package final class LogControl: Sendable {
    /// All that can be chosen.
    package struct Choice: Hashable, Sendable {
        /// The lowest level that is logged.
        package var level: Logger.Level
        /// How lines are written.
        package var format: LogFormat
        /// Whether addresses are masked.
        package var masksAddresses: Bool

        /// Text without masks unless told otherwise.
        package init(level: Logger.Level, format: LogFormat = .text, masksAddresses: Bool = false) {
            self.level = level
            self.format = format
            self.masksAddresses = masksAddresses
        }
    }

    private let value: Mutex<Choice>
    /// The level once more: every batch of packets asks for it, on each thread that moves them, and none may wait for another.
    private let levelNumber: Atomic<Int>
    private static let levels = Logger.Level.allCases

    /// Begins with `level`, in text.
    package convenience init(_ level: Logger.Level) { self.init(Choice(level: level)) }

    /// Begins with a choice.
    package init(_ choice: Choice) {
        value = Mutex(choice)
        levelNumber = Atomic(Self.number(of: choice.level))
    }

    /// What holds now.
    package var choice: Choice {
        get { value.withLock { $0 } }
        set {
            value.withLock {
                $0 = newValue
                levelNumber.store(Self.number(of: newValue.level), ordering: .relaxed)
            }
        }
    }

    /// The level now.
    package var level: Logger.Level {
        get { Self.levels[levelNumber.load(ordering: .relaxed)] }
        set {
            value.withLock {
                $0.level = newValue
                levelNumber.store(Self.number(of: newValue), ordering: .relaxed)
            }
        }
    }

    private static func number(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
