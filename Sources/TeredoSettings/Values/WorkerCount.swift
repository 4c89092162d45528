/// The number of threads that move packets.
enum WorkerCount {
    static let range = 1...64
    /// How many there are when nobody says.
    static let standard = 1

    /// Throws for a number that cannot be used.
    static func validate(_ count: Int) throws(ConfigurationError) {
        guard range.contains(count) else {
            throw ConfigurationError(
                "--workers",
                "\(count) is outside \(range.lowerBound) to \(range.upperBound); more threads than processors would be slower"
            )
        }
    }
}
