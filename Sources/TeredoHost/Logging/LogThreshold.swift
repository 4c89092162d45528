package import Logging
import Synchronization

/// The lowest level that is logged, which can change while a role runs.
package final class LogThreshold: Sendable {
    private let value: Mutex<Logger.Level>

    /// Begins with `level`.
    package init(_ level: Logger.Level) { value = Mutex(level) }

    /// The level now.
    package var level: Logger.Level {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
