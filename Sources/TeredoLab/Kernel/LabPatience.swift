import TeredoLinux

/// How much longer than usual the lab waits for programs: `TEREDO_LAB_PATIENCE`, 1 to 100; 1 when it is not set, or to something else.
///
/// For builds with a sanitizer, and machines that are busy. It makes nothing pass that is wrong: what never comes does not come later.
enum LabPatience {
    /// How many times as long.
    static let factor =
        ChildProcess.environmentVariable("TEREDO_LAB_PATIENCE").flatMap { Int($0) }.flatMap {
            (1...100).contains($0) ? $0 : nil
        } ?? 1
}
