import Glibc
import TeredoFuzzing
import TeredoLinux
import Testing

/// What fuzzing found interesting, and what it found wrong, tried again (docs/assurance.md).
@Suite struct CorpusTests {
    @Test(
        "SEC-37: inputs of fuzzing that reached all of the code, and those that once did harm, do none",
        arguments: FuzzTarget.all.map(\.name)
    )
    func replay(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        if target.needsKernelPrograms, !Capability.bpf.isEffective || getuid() != 0 {
            try Test.cancel("needs root for programs in the kernel")
        }
        let inputs = try Corpus(of: name).inputs
        #expect(inputs.count >= 10)
        for (index, input) in inputs.enumerated() {
            try #require(input.count <= target.longestInput, "\(name): input \(index + 1) is too long")
            if let violation = target.violation(in: input) {
                Issue.record("\(name): input \(index + 1): \(violation)")
            }
        }
    }

    @Test("A target says what does not hold")
    func violations() {
        let violation = FuzzTarget.Violation("the sentence")
        #expect("\(violation)" == "the sentence")
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count, "names are unique")
    }
}
