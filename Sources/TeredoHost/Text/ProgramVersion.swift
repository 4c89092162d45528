internal import CTeredoBuild

/// The version of this program: the one place that says it, for the command, the packages and everything else.
package enum ProgramVersion {
    /// The number alone, by Semantic Versioning; with `-dev` on the way to the release of that number.
    package static let text = "1.0.0-dev"

    /// As `teredo --version` prints it: the number, with commit and date in a build that was told by `scripts/build-release`.
    package static var full: String {
        full(build: unsafe String(cString: teredo_build()))
    }

    /// The number with what a build was told, "commit date", if anything.
    package static func full(build: String) -> String {
        let words = build.split(separator: " ")
        return words.isEmpty ? text : "\(text) (\(words.joined(separator: ", ")))"
    }
}
