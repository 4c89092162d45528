import Testing

@testable import TeredoHost

/// What the program is called.
@Suite struct ProgramVersionTests {
    @Test("a release tells commit and date, another build the number alone")
    func origin() {
        #expect(ProgramVersion.full(build: "") == ProgramVersion.text)
        #expect(
            ProgramVersion.full(build: "35bd4ef0a1b2 2026-11-28") == "\(ProgramVersion.text) (35bd4ef0a1b2, 2026-11-28)"
        )
        // What this very build was told is printed whole.
        #expect(ProgramVersion.full.hasPrefix(ProgramVersion.text))
    }
}
