/// The name of a signal for log lines.
struct SignalName: Hashable, Sendable, CustomStringConvertible {
    static let hangUp = SignalName(1)
    static let drain = SignalName(10)

    let description: String

    init(_ number: Int32) {
        description =
            switch number {
            case 1: "SIGHUP"
            case 2: "SIGINT"
            case 10: "SIGUSR1"
            case 15: "SIGTERM"
            default: "signal \(number)"
            }
    }
}
