/// The version of this program.
package enum ProgramVersion {
    /// As `teredo --version` prints it.
    package static let text = "0.1.0"
}
