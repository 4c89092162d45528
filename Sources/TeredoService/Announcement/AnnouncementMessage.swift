import Logging
import TeredoHost

/// What a role says to the process that keeps its announcement: an order, and how that process is to log meanwhile.
///
/// It logs itself what happens when the role cannot: that it was killed, or hangs.
struct AnnouncementMessage: Hashable, Sendable {
    /// What is to be done.
    var order: AnnouncementOrder
    /// The name of the role in log lines.
    var label: String
    /// What is logged, and how.
    var log: LogControl.Choice

    /// Makes a message.
    init(_ order: AnnouncementOrder, label: String, log: LogControl.Choice) {
        self.order = order
        self.label = label
        self.log = log
    }

    /// Reads the text; `nil` for any other.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 5, let order = AnnouncementOrder(rawValue: words[0]),
            let level = Logger.Level(rawValue: words[1]), let format = LogFormat(rawValue: words[2]),
            ["plain", "masked"].contains(words[3]), !words[4].isEmpty
        else { return nil }
        let log = LogControl.Choice(level: level, format: format, masksAddresses: words[3] == "masked")
        self.init(order, label: words[4], log: log)
    }

    /// The message as text.
    var text: String {
        let mask = log.masksAddresses ? "masked" : "plain"
        return "\(order.rawValue) \(log.level.rawValue) \(log.format.rawValue) \(mask) \(label)"
    }
}
