/// Something whose operations are counted and timed.
///
/// A subject makes everything it needs when it is made, including what the first operation would allocate, and proves
/// there that it is on the path that it claims to measure.
protocol Subject: SendableMetatype {
    /// What one operation is.
    static var summary: String { get }

    init() throws

    /// Does `count` operations; returns something that depends on each of them, so that none can be left out.
    mutating func run(_ count: Int) throws -> Int
}

/// Why a subject cannot be measured.
struct SubjectError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Subject {
    /// Makes the subject, does a few operations to warm up, and times `count` of them.
    static func measure(_ count: Int) throws -> Measurement {
        var subject = try Self()
        var checksum = try subject.run(100)
        let clock = ContinuousClock()
        let elapsed = try clock.measure { checksum &+= try subject.run(count) }
        return Measurement(iterations: count, elapsed: elapsed, checksum: checksum)
    }
}

/// How long some operations took.
struct Measurement {
    let iterations: Int
    let elapsed: Duration
    let checksum: Int

    var nanosecondsPerOperation: Double { elapsed / .nanoseconds(1) / Double(iterations) }
}
