import TeredoSettings

/// The names of servers in a log that show by nothing but what is said about them.
///
/// The role may be gone, and with it its command line, environment and settings file; a name without dots looks like any word.
enum LoggedNames {
    /// What stands before a name.
    private static let introductions = ["resolving ", "server name ", "usable IPv4 address ("]
    /// What stands behind one.
    private static let predicate = " has the addresses "
    /// How errors call the setting that they are about: a name may stand where something else is wanted.
    private static let settings = Setting.all.flatMap { ["--\($0.key)", "\($0.key):", $0.environmentVariable] }
    /// What stands behind a value that is not taken.
    private static let objections = [" is not", " is neither"]
    /// What stands behind ``introductions`` too, where no name does.
    private static let plainWords: Set = ["does", "has", "is", "the"]

    /// The names in the lines of a log, and the words that were not taken for a name (`'my box'`).
    static func of(_ text: String) -> [ReportedNames.Entry] {
        text.split { $0.isNewline }.flatMap { line in
            (introduced(line) + quoted(line)).map { name in
                (name, "perhaps the name of a server, in the log")
            }
        }
    }

    private static func introduced(_ line: Substring) -> [String] {
        let behind = introductions.flatMap { line.ranges(of: $0) }.map {
            line[$0.upperBound...].prefix(while: isOfName)
        }
        let before = line.ranges(of: predicate).map { line[..<$0.lowerBound].reversed().prefix(while: isOfName) }
        return (behind.map(String.init) + before.map { String($0.reversed()) })
            .filter { !$0.isEmpty && !plainWords.contains($0) }
    }

    /// What an error about a setting repeats: the first words in quotation marks.
    private static func quoted(_ line: Substring) -> [String] {
        guard line.contains("'"), let place = settings.compactMap({ line.firstRange(of: $0)?.upperBound }).min() else {
            return []
        }
        let parts = line[place...].split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        // Any further ones are what is right.
        guard parts.count == 3, objections.contains(where: parts[2].hasPrefix) else { return [] }
        return parts[1].split { !isOfName($0) }.map(String.init).filter { $0.contains(where: \.isLetter) }
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || [".", "-", "_"].contains(character)
    }
}
