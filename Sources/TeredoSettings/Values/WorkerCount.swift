/// The number of threads that move packets.
enum WorkerCount {
    /// Throws for a number that cannot be used.
    static func validate(_ count: Int) throws(ConfigurationError) {
        guard (1...64).contains(count) else {
            throw ConfigurationError(
                "--workers",
                "\(count) is outside 1 to 64; more threads than processors would be slower"
            )
        }
    }
}
