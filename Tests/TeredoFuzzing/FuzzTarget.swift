/// One thing that reads what strangers send, and what has to hold whatever they send.
///
/// teredo-fuzz runs a target with libFuzzer's inputs; FuzzingTests runs it with those of the corpora.
package struct FuzzTarget: Sendable {
    /// The name on the command line, and that of its corpus.
    package let name: String
    /// The longest input that makes sense, in octets.
    package let longestInput: Int
    /// Whether it loads programs into the kernel, which only root may.
    package let needsKernelPrograms: Bool
    private let check: @Sendable ([UInt8]) throws(Violation) -> Void

    /// What did not hold.
    package struct Violation: Error, CustomStringConvertible {
        /// A sentence.
        package let description: String

        /// Says what did not hold.
        package init(_ description: String) { self.description = description }

        /// Throws unless `condition` holds.
        static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(Violation) {
            guard condition else { throw Violation(description()) }
        }
    }

    init(
        _ name: String,
        longestInput: Int,
        needsKernelPrograms: Bool = false,
        _ check: @escaping @Sendable ([UInt8]) throws(Violation) -> Void
    ) {
        self.name = name
        self.longestInput = longestInput
        self.needsKernelPrograms = needsKernelPrograms
        self.check = check
    }

    /// Runs the target; returns what does not hold with this input, `nil` when all does.
    package func violation(in input: [UInt8]) -> Violation? {
        do throws(Violation) {
            try check(input)
            return nil
        } catch {
            return error
        }
    }

    /// Every target.
    package static let all = wire + machines + routers + files + control + captures + system
}
